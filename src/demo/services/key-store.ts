import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from './run-command.ts';

/** A self-signed certificate for 127.0.0.1 and localhost, with its key, good for ten years. */
export interface KeyStore {
  /** PKCS12, with the key and the certificate. */
  readonly path: string;
  readonly password: string;
  /** The certificate alone, PEM: what a client has to trust. */
  readonly certificatePath: string;
}

const PASSWORD = 'localhost-only';
const TIMEOUT_MS = 60_000;

/** Makes the key store in the folder, unless it is there. Needs no program but Java. */
export async function makeKeyStore(java: string, folder: string): Promise<KeyStore> {
  const path = join(folder, 'broker.p12');
  const certificatePath = join(folder, 'broker.pem');
  const keyStore = { path, password: PASSWORD, certificatePath };
  if ((await stat(certificatePath).catch(() => undefined)) !== undefined) return keyStore;
  await rm(path, { force: true });
  const keytool = (args: readonly string[]): Promise<unknown> =>
    // The class behind the `keytool` program, which small Java distributions leave out.
    runCommand(java, ['-m', 'java.base/sun.security.tools.keytool.Main', ...args], { timeoutMs: TIMEOUT_MS });
  const store = ['-alias', 'broker', '-keystore', path, '-storetype', 'PKCS12', '-storepass', PASSWORD];
  const names = ['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1', '-ext', 'BC=ca:true'];
  await keytool(['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650', ...names]);
  await keytool(['-exportcert', '-rfc', '-file', certificatePath, ...store]);
  return keyStore;
}
