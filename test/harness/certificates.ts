import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** A certificate with its private key, PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that nobody knows yet. */
export interface Authority extends Certified {
  /** Certifies a server under these names, IP addresses among them, or a client that has none. */
  readonly certify: (names: readonly string[], validUntil?: Date) => Certified;
}

interface Issuer {
  readonly name: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly publicKey: string;
  readonly until: Date;
  readonly extension: object | undefined;
}

const DAY_MS = 86_400_000;
/** Of a `GeneralName` (RFC 5280, section 4.2.1.6). */
const NAME_TYPES = { dns: 2, ip: 7 } as const;

/** A certificate authority of a company: X.509, with RSA keys. */
export function newAuthority(name: string): Authority {
  const { publicKey, privateKey: key } = newKeys();
  const issuer: Issuer = { name, key };
  const until = new Date(Date.now() + DAY_MS);
  const isAuthority = { name: 'basicConstraints', cA: true, critical: true };
  return {
    certificate: certificate(issuer, { name, publicKey, until, extension: isAuthority }),
    key,
    certify(names, validUntil = until) {
      const keys = newKeys();
      const extension = names.length === 0 ? undefined : { name: 'subjectAltName', altNames: names.map(generalName) };
      const subject = { name: names[0] ?? 'client', publicKey: keys.publicKey, until: validUntil, extension };
      return { certificate: certificate(issuer, subject), key: keys.privateKey };
    },
  };
}

function certificate(issuer: Issuer, { name, publicKey, until, extension }: Subject): string {
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(publicKey);
  made.serialNumber = `01${randomBytes(8).toString('hex')}`;
  made.validity.notBefore = new Date(until.getTime() - 2 * DAY_MS);
  made.validity.notAfter = until;
  made.setSubject([{ name: 'commonName', value: name }]);
  made.setIssuer([{ name: 'commonName', value: issuer.name }]);
  if (extension !== undefined) made.setExtensions([extension]);
  made.sign(forge.pki.privateKeyFromPem(issuer.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(made);
}

/** Node makes them a hundred times faster than the library. */
function newKeys(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function generalName(name: string): object {
  return isIP(name) === 0 ? { type: NAME_TYPES.dns, value: name } : { type: NAME_TYPES.ip, ip: name };
}
