import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A running server of that kind, on a port of 127.0.0.1. */
export interface OverwritingS3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** Paths of the objects that it has. */
  readonly paths: () => string[];
}

interface StoredObject {
  readonly body: Buffer;
  readonly metadata: Record<string, string>;
}

/**
 * Just enough S3 to be an object store that knows nothing of `If-None-Match`, as older stores are: the second of two puts to one key
 * replaces the first. There is no store to be had that still does so.
 * @param answersExists it answers 412 as it should, and replaces the object all the same
 */
export async function startOverwritingS3Server({
  answersExists,
}: {
  readonly answersExists: boolean;
}): Promise<OverwritingS3Server> {
  const objects = new Map<string, StoredObject>();
  const server = createServer((incoming, outgoing) => {
    void serve(objects, answersExists, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    paths: () => [...objects.keys()],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(
  objects: Map<string, StoredObject>,
  answersExists: boolean,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await buffer(incoming);
  const path = new URL(incoming.url ?? '', 'http://server').pathname;
  const object = objects.get(path);
  if (incoming.method === 'PUT') {
    objects.set(path, { body, metadata: metadataOf(incoming.headers) });
    outgoing.writeHead(answersExists && object !== undefined ? 412 : 200, { etag: '"0"' }).end();
  } else if (incoming.method === 'DELETE') {
    objects.delete(path);
    outgoing.writeHead(204).end();
  } else if (object === undefined) {
    outgoing.writeHead(404).end();
  } else {
    const headers = {
      'content-length': object.body.byteLength,
      'last-modified': new Date().toUTCString(),
      etag: '"0"',
      ...object.metadata,
    };
    outgoing.writeHead(200, headers).end(incoming.method === 'HEAD' ? undefined : object.body);
  }
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-meta-') && typeof value === 'string') metadata[name] = value;
  }
  return metadata;
}
