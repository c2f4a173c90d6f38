/**
 * Decrypts RC2 in CBC mode with PKCS#7 padding, with as many effective key bits as the key has: RFC 2268. Windows
 * encrypts the certificates of a PFX with it, and OpenSSL 3 left it out of what Node carries. Certificates are public:
 * that RC2 protects nothing any more does no harm.
 *
 * @returns `undefined` when the padding is wrong
 */
export function decryptRc2(key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer | undefined {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK !== 0) return undefined;
  const schedule = expand(key);
  const plain = Buffer.alloc(ciphertext.length);
  let previous = iv;
  for (let start = 0; start < ciphertext.length; start += BLOCK) {
    const block = ciphertext.subarray(start, start + BLOCK);
    const words = decryptBlock(block, schedule);
    for (let word = 0; word < 4; word++) {
      plain.writeUInt16LE((words[word] ?? 0) ^ previous.readUInt16LE(2 * word), start + 2 * word);
    }
    previous = block;
  }
  return withoutPadding(plain);
}

const BLOCK = 8;

/** PITABLE: a permutation of the octets from the digits of pi. */
const PI_TABLE = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
    'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
    '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
    'c5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
);

/** By how many bits each word is rotated. */
const ROTATIONS = [1, 2, 3, 5] as const;

/** Section 2: 64 words [K] from the octets [L]. */
function expand(key: Buffer): Uint16Array {
  const octets = Buffer.alloc(128, 0);
  key.copy(octets);
  for (let index = key.length; index < 128; index++) {
    octets[index] = pi((octets[index - 1] ?? 0) + (octets[index - key.length] ?? 0));
  }
  octets[128 - key.length] = pi(octets[128 - key.length] ?? 0);
  for (let index = 127 - key.length; index >= 0; index--) {
    octets[index] = pi((octets[index + 1] ?? 0) ^ (octets[index + key.length] ?? 0));
  }
  return Uint16Array.from({ length: 64 }, (_, word) => octets.readUInt16LE(2 * word));
}

function pi(index: number): number {
  return PI_TABLE[index & 0xff] ?? 0;
}

/** Section 4. */
function decryptBlock(block: Buffer, schedule: Uint16Array): Uint16Array {
  const words = new Uint16Array([0, 2, 4, 6].map((offset) => block.readUInt16LE(offset)));
  for (let round = 15; round >= 0; round--) {
    reverseMix(words, schedule, 4 * round);
    if (round === 11 || round === 5) reverseMash(words, schedule);
  }
  return words;
}

function reverseMix(words: Uint16Array, schedule: Uint16Array, first: number): void {
  for (let index = 3; index >= 0; index--) {
    const [one, two, three] = before(words, index);
    const rotation = ROTATIONS[index] ?? 0;
    const word = words[index] ?? 0;
    const rotated = (word >>> rotation) | (word << (16 - rotation));
    words[index] = rotated - (schedule[first + index] ?? 0) - (one & two) - (~one & three);
  }
}

function reverseMash(words: Uint16Array, schedule: Uint16Array): void {
  for (let index = 3; index >= 0; index--) {
    const [one] = before(words, index);
    words[index] = (words[index] ?? 0) - (schedule[one & 63] ?? 0);
  }
}

/** The words one, two and three places before, around the corner. */
function before(words: Uint16Array, index: number): [number, number, number] {
  return [words[(index + 3) & 3] ?? 0, words[(index + 2) & 3] ?? 0, words[(index + 1) & 3] ?? 0];
}

function withoutPadding(plain: Buffer): Buffer | undefined {
  const count = plain.at(-1) ?? 0;
  const padding = plain.subarray(-count);
  const right = count >= 1 && count <= BLOCK && padding.every((octet) => octet === count);
  return right ? plain.subarray(0, plain.length - count) : undefined;
}
