import { type Check, ok, problem, warning } from "./check.ts";
import { nearestDirectory } from "./machine.ts";

interface Kind {
  readonly name: string;
  readonly sort: "disk" | "memory" | "network" | "layered" | "other";
}

/** Magic numbers of statfs(2), from linux/magic.h and the file systems' own headers. */
const kinds: Readonly<Record<number, Kind>> = {
  0xef53: { name: "ext2/3/4", sort: "disk" },
  0x58465342: { name: "xfs", sort: "disk" },
  0x9123683e: { name: "btrfs", sort: "disk" },
  0xf2f52010: { name: "f2fs", sort: "disk" },
  0x2fc12fc1: { name: "zfs", sort: "disk" },
  0xca451a4e: { name: "bcachefs", sort: "disk" },
  0x52654973: { name: "reiserfs", sort: "disk" },
  0x3153464a: { name: "jfs", sort: "disk" },
  0x7366746e: { name: "ntfs3", sort: "disk" },
  0x01021994: { name: "tmpfs", sort: "memory" },
  0x858458f6: { name: "ramfs", sort: "memory" },
  0x6969: { name: "nfs", sort: "network" },
  0xff534d42: { name: "cifs", sort: "network" },
  0xfe534d42: { name: "smb2", sort: "network" },
  0x517b: { name: "smb", sort: "network" },
  0x01021997: { name: "9p", sort: "network" },
  0x00c36400: { name: "ceph", sort: "network" },
  0x0bd00bd0: { name: "lustre", sort: "network" },
  0x47504653: { name: "gpfs", sort: "network" },
  0x5346414f: { name: "afs", sort: "network" },
  0x01161970: { name: "gfs2", sort: "network" },
  0x7461636f: { name: "ocfs2", sort: "network" },
  0x65735546: { name: "fuse", sort: "other" },
  0x6a656a63: { name: "virtiofs", sort: "network" },
  0x786f4256: { name: "vboxsf", sort: "network" },
  0x794c7630: { name: "overlayfs", sort: "layered" },
  0x61756673: { name: "aufs", sort: "layered" },
  0xf15f: { name: "ecryptfs", sort: "layered" },
  0x73717368: { name: "squashfs", sort: "layered" },
};

const moveIt = "put the store on a local disk: --store DIR or HELIOS_STORE";

export const fileSystemCheck: Check = {
  id: "file-system",
  title: "file system",
  run(machine, place) {
    const directory = nearestDirectory(machine, place.root);
    if (machine.platform !== "linux")
      return ok(`not looked at on ${machine.platform}: types are told apart on Linux only`);
    const { type } = machine.fileSystem(directory);
    const magic = `0x${type.toString(16)}`;
    const kind = kinds[type];
    const facts = { directory, type: kind?.name ?? magic, magic };
    switch (kind?.sort) {
      case "disk":
        return ok(kind.name, facts);
      case "memory":
        return warning(
          `${directory} is on ${kind.name}: memory, gone with the machine, and bytes sent to storage read 0 there`,
          moveIt,
          facts,
        );
      case "network":
        return problem(
          `${directory} is on ${kind.name}: locks and syncs of a shared or remote file system do not keep what Helios promises`,
          moveIt,
          facts,
        );
      case "layered":
        return warning(
          `${directory} is on ${kind.name}: the layer of a container is slower to write and gone with the container`,
          "mount a volume there, or " + moveIt,
          facts,
        );
      case "other":
      case undefined:
        return warning(
          `${directory} is on ${kind?.name ?? `a file system of unknown type ${magic}`}: whether its syncs and locks hold is not known`,
          moveIt,
          facts,
        );
    }
  },
};
