/**
 * How many distinct objects a store has seen, estimated in 16 KiB however many there are: counting exactly would need
 * every hash.
 *
 * HyperLogLog (Flajolet et al. 2007) with 2^14 registers: 14 bits of an object's hash choose a register, which keeps the
 * longest run of zeros met in the bits behind. Object ids are uniform hashes already, so nothing is hashed here. The
 * estimate is Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, arXiv 1702.01284,
 * algorithm 6), which needs no table of corrections and is good from 0 on.
 *
 * The standard error is 1.04 / sqrt(2^14) = 0.81 %: two estimates of three are within 0.8 % of the truth, 997 of 1,000
 * within 2.5 %; up to a few hundred objects it is off by one or two at most. Adding costs about 20 ns.
 */
const PRECISION = 14;
const REGISTERS = 2 ** PRECISION;
/** Bits of the hash behind those that choose the register; more would never be met. */
const RUN_BITS = 50;
const RANK_MAX = RUN_BITS + 1;

/** u8 version, u8 precision, u8 encoding; then registers of 6 bits each, or those not 0 as u16 number and u8 rank. */
const VERSION = 1;
const DENSE = 0;
const SPARSE = 1;
const HEADER_BYTES = 3;
const DENSE_BYTES = (REGISTERS * 6) / 8;
const SPARSE_BYTES = 3;

export class HyperLogLog {
  readonly #ranks = new Uint8Array(REGISTERS);

  /** Counts an object by its hash: at least 8 bytes, all values as likely. */
  add(hash: Uint8Array): void {
    const head = ((hash[0]! << 24) | (hash[1]! << 16) | (hash[2]! << 8) | hash[3]!) >>> 0;
    const register = head >>> (32 - PRECISION);
    // 18 bits of the first word are left, then 32 of the second.
    const first = (head << PRECISION) >>> 0;
    let zeros = Math.clz32(first);
    if (first === 0) {
      const second = ((hash[4]! << 24) | (hash[5]! << 16) | (hash[6]! << 8) | hash[7]!) >>> 0;
      zeros = 32 - PRECISION + Math.clz32(second);
    }
    const rank = Math.min(RANK_MAX, zeros + 1);
    if (rank > this.#ranks[register]!) this.#ranks[register] = rank;
  }

  /** Afterwards this estimates the objects that either has seen. */
  merge(other: HyperLogLog): void {
    other.#ranks.forEach((rank, register) => {
      if (rank > this.#ranks[register]!) this.#ranks[register] = rank;
    });
  }

  /** A whole number; 0 for none. Below a millisecond. */
  estimate(): number {
    const counts = Array.from({ length: RANK_MAX + 1 }, () => 0);
    for (const rank of this.#ranks) counts[rank]!++;
    let z = REGISTERS * tau(1 - counts[RANK_MAX]! / REGISTERS);
    for (let rank = RUN_BITS; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
    z += REGISTERS * sigma(counts[0]! / REGISTERS);
    return Math.round((REGISTERS * REGISTERS) / (2 * Math.LN2 * z));
  }

  /** At most 12 KiB; a few bytes for each object while there are few. */
  toBytes(): Buffer {
    const used = this.#ranks.reduce((sum, rank) => sum + (rank > 0 ? 1 : 0), 0);
    const isSparse = used * SPARSE_BYTES < DENSE_BYTES;
    const bytes = Buffer.alloc(HEADER_BYTES + (isSparse ? used * SPARSE_BYTES : DENSE_BYTES));
    bytes.set([VERSION, PRECISION, isSparse ? SPARSE : DENSE]);
    let at = HEADER_BYTES;
    this.#ranks.forEach((rank, register) => {
      if (!isSparse) writeSixBits(bytes, register, rank);
      else if (rank > 0) {
        at = bytes.writeUInt16LE(register, at);
        at = bytes.writeUInt8(rank, at);
      }
    });
    return bytes;
  }

  /** Undefined for bytes that are not of this form: an estimate is not worth refusing a store for. */
  static parse(bytes: Uint8Array): HyperLogLog | undefined {
    const [version, precision, encoding] = bytes;
    if (version !== VERSION || precision !== PRECISION) return undefined;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset + HEADER_BYTES, bytes.length - HEADER_BYTES);
    const sketch = new HyperLogLog();
    const ranks = sketch.#ranks;
    if (encoding === DENSE && body.length === DENSE_BYTES) {
      for (let register = 0; register < REGISTERS; register++) ranks[register] = readSixBits(body, register);
    } else if (encoding === SPARSE && body.length % SPARSE_BYTES === 0) {
      for (let at = 0; at < body.length; at += SPARSE_BYTES) {
        const register = body.readUInt16LE(at);
        if (register >= REGISTERS) return undefined;
        ranks[register] = body[at + 2]!;
      }
    } else return undefined;
    return ranks.every((rank) => rank <= RANK_MAX) ? sketch : undefined;
  }
}

/** What registers that saw nothing say: x + sum of x^(2^k) * 2^(k-1). Infinite for 1, when none saw anything. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let [z, y, power] = [x, 1, x];
  for (let before = -1; z !== before;) {
    power *= power;
    before = z;
    z += power * y;
    y += y;
  }
  return z;
}

/** What registers that are full say. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [z, y, root] = [1 - x, 1, x];
  for (let before = -1; z !== before;) {
    root = Math.sqrt(root);
    before = z;
    y *= 0.5;
    z -= (1 - root) ** 2 * y;
  }
  return z / 3;
}

/** Registers of 6 bits: four in three bytes, the first in the lowest bits. */
function writeSixBits(bytes: Buffer, register: number, rank: number): void {
  const at = HEADER_BYTES + Math.floor(register / 4) * 3;
  const shift = (register % 4) * 6;
  bytes.writeUIntLE(bytes.readUIntLE(at, 3) | (rank << shift), at, 3);
}

function readSixBits(body: Buffer, register: number): number {
  return (body.readUIntLE(Math.floor(register / 4) * 3, 3) >>> ((register % 4) * 6)) & 63;
}
