// sharp.mjs: resize with sharp in one process that stays. Each line read is a request,
// {quality, parallel, pictures: [{in, renditions: [{size, out}]}]}; each line written says what it
// took, in seconds. Its cache is off, since it would answer what it was asked before, and JPEGs get
// the common Huffman codes, as those of all others do. Each size is decoded for itself, as sharp does
// it even for clones of one pipeline.
import { createInterface } from 'node:readline';
import sharp from 'sharp';

sharp.cache(false);


async function resize(picture, quality) {
  for (const { size, out } of picture.renditions) {
    const format = out.slice(out.lastIndexOf('.') + 1);
    const options = format === 'png' ? {} : { quality };
    if (format === 'jpg') options.optimiseCoding = false;

    await sharp(picture.in)
      .resize(size, size, { fit: 'inside' })
      .toFormat(format, options)
      .toFile(out);
  }
}

async function answer({ quality, parallel, pictures }) {
  const waiting = [...pictures];
  const worker = async () => {
    while (waiting.length) await resize(waiting.shift(), quality);
  };

  await Promise.all(Array.from({ length: parallel }, worker));
}

for await (const line of createInterface({ input: process.stdin })) {
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();

  await answer(JSON.parse(line));
  const used = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      wall: Number(process.hrtime.bigint() - began) / 1e9,
      user: used.user / 1e6,
      system: used.system / 1e6,
    }),
  );
}
