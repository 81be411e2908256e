import type * as whole from '@platformatic/kafka';

/*
 * What this project uses of the client library: its codecs. Its package offers them only together with its clients, which
 * compile validators of their options as they are loaded; that costs half a second of processor time at each start. So
 * the codecs' own modules are loaded, by the places that they have in the version in package.json.
 */

type Library = typeof whole;

/** Reads a response. */
export type Reader = whole.Reader;
/** Writes a request. */
export type Writer = whole.Writer;

const ROOT = import.meta.resolve('@platformatic/kafka');

async function load<Part>(path: string): Promise<Part> {
  return (await import(new URL(path, ROOT).href)) as Part;
}

/** The module of one version of an API, such as `createTopicsV7` at `admin/create-topics-v7`. */
export function apiModule<Name extends keyof Library>(path: string): Promise<Library[Name]> {
  return load<Library[Name]>(`./apis/${path}.js`);
}

export const { Reader } = await load<Pick<Library, 'Reader'>>('./protocol/reader.js');
export const { Writer } = await load<Pick<Library, 'Writer'>>('./protocol/writer.js');
export const { protocolErrors, protocolErrorsCodesById } =
  await load<Pick<Library, 'protocolErrors' | 'protocolErrorsCodesById'>>('./protocol/errors.js');
export const { ResponseError } = await load<Pick<Library, 'ResponseError'>>('./errors.js');
export const { createAPI } = await load<Pick<Library, 'createAPI'>>('./apis/definitions.js');

/** What authenticating takes, loaded only where it is done: it loads every API of the library. */
export async function loadSasl(): Promise<
  Pick<Library, 'saslAuthenticateV2' | 'saslHandshakeV1' | 'saslOAuthBearer' | 'saslPlain' | 'saslScramSha'>
> {
  return {
    saslAuthenticateV2: await apiModule<'saslAuthenticateV2'>('security/sasl-authenticate-v2'),
    saslHandshakeV1: await apiModule<'saslHandshakeV1'>('security/sasl-handshake-v1'),
    saslOAuthBearer: await load<Library['saslOAuthBearer']>('./protocol/sasl/oauth-bearer.js'),
    saslPlain: await load<Library['saslPlain']>('./protocol/sasl/plain.js'),
    saslScramSha: await load<Library['saslScramSha']>('./protocol/sasl/scram-sha.js'),
  };
}
