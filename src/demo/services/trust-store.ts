import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';

/** What every Java tries when it is told no password; the store holds nothing secret. */
const PASSWORD = 'changeit';

/**
 * Writes a Java trust store with the certificate authorities that this machine and Node trust, for a Java that comes
 * without one. The format is that of `sun.security.provider.JavaKeyStore`, version 2, with trusted certificates only.
 */
export async function writeTrustStore(path: string): Promise<void> {
  const certificates = new Set([...getCACertificates('system'), ...getCACertificates('default')]);
  await writeFile(path, trustStore([...certificates].map((pem) => new X509Certificate(pem).raw)));
}

/** The bytes of a store with these certificates (DER). */
export function trustStore(certificates: readonly Uint8Array[]): Buffer {
  const entries = certificates.flatMap((certificate, index) => [
    int32(2),
    utf(`ca-${index}`),
    // Its date of entry, which nobody asks for.
    Buffer.alloc(8),
    utf('X.509'),
    int32(certificate.length),
    certificate,
  ]);
  const body = Buffer.concat([int32(0xfeedfeed), int32(2), int32(certificates.length), ...entries]);
  const password = Buffer.from(PASSWORD, 'utf16le').swap16();
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(body).digest();
  return Buffer.concat([body, digest]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string as `java.io.DataOutput.writeUTF` writes it; ASCII only. */
function utf(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'ascii')]);
}
