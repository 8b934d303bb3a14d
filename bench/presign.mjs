// presign.mjs COUNT: sign so many uploads with AWS's JavaScript SDK, and write what that took, as JSON.
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const client = new S3Client({ region: 'us-east-1' });

function sign(number) {
  const command = new PutObjectCommand({
    Bucket: 'photos',
    Key: `uploads/u${number % 100}/photo-${String(number).padStart(7, '0')}.jpg`,
    ContentType: 'image/jpeg',
    ContentLength: 98211 + number,
  });

  return getSignedUrl(client, command, {
    expiresIn: 300,
    signableHeaders: new Set(['content-length', 'content-type', 'host']),
  });
}

await sign(0);
const before = process.cpuUsage();
for (let i = 0; i < Number(process.argv[2]); i++) console.log(await sign(i));
const used = process.cpuUsage(before);
console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6 }));
