/** What a byte string can be changed into: the accidents and the tricks that decoders fall for. */
import type { SeededRandom } from "../seeded-random.ts";

/** Numbers at which lengths and counts go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const TOKENS = [
  "..", "/", "//", "\0", "**", "*", "?", "[", "]", "{", "}", "(", ")", "!", "\\", "+(", "|", "^", "$", "~", "@(", ",",
  " ", "\t", "\n", "\r\n", "#", "é", "\u{1f600}", "\ufeff", "a", "b", ".git", "-", "c1", "null", '"', ":", "true",
  "[]", "1e999", "-1",
].map((text) => Buffer.from(text)); // prettier-ignore
const INPUT_MAX_BYTES = 64 * 1024;

type Mutation = (input: Buffer, random: SeededRandom, other: Buffer) => Buffer;

const mutations: readonly Mutation[] = [
  function flipBit(input, random) {
    const copy = Buffer.from(input);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  function setByte(input, random) {
    const copy = Buffer.from(input);
    if (copy.length > 0)
      copy[random.below(copy.length)] = random.chance(0.5) ? random.below(256) : random.pick(EDGES) & 0xff;
    return copy;
  },
  function setNumber(input, random) {
    const copy = Buffer.from(input);
    const width = random.pick([2, 4, 6]);
    if (copy.length < width) return copy;
    copy.writeUIntLE(random.pick(EDGES) % 2 ** (8 * width), random.below(copy.length - width + 1), width);
    return copy;
  },
  function truncate(input, random) {
    return input.subarray(0, random.below(input.length + 1));
  },
  function removePart(input, random) {
    const from = random.below(input.length + 1);
    const to = Math.min(input.length, from + 1 + random.below(16));
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  function repeatPart(input, random) {
    const from = random.below(input.length + 1);
    const part = input.subarray(from, from + 1 + random.below(32));
    const times = 1 + random.below(random.chance(0.05) ? 400 : 4);
    return Buffer.concat([
      input.subarray(0, from),
      ...Array.from({ length: times }, () => part),
      input.subarray(from),
    ]);
  },
  function insertNoise(input, random) {
    const at = random.below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), random.bytes(1 + random.below(8)), input.subarray(at)]);
  },
  function insertToken(input, random) {
    const at = random.below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), random.pick(TOKENS), input.subarray(at)]);
  },
  function swapParts(input, random) {
    if (input.length < 4) return input;
    const at = 1 + random.below(input.length - 2);
    return Buffer.concat([input.subarray(at), input.subarray(0, at)]);
  },
  function splice(input, random, other) {
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
];

/** One to four mutations, one on top of the other. */
export function mutate(input: Buffer, random: SeededRandom, other: Buffer): Buffer {
  let mutated = input;
  for (let times = 1 + random.below(4); times > 0; times--)
    mutated = random.pick(mutations)(mutated, random, other).subarray(0, INPUT_MAX_BYTES);
  return mutated;
}
