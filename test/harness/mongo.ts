import { MongoClient } from 'mongodb';
import { startMongo } from '../../src/demo/services/mongo.ts';
import type { TestEnd } from './kafka-topic.ts';

/** A server that speaks MongoDB's protocol, and a client of it. */
export interface MongoUnderTest {
  /** `mongodb://127.0.0.1:port`. */
  readonly url: string;
  readonly client: MongoClient;
}

/** Starts an empty server of a test's own; stopped when the test ends. */
export async function testMongo(t: TestEnd): Promise<MongoUnderTest> {
  const mongo = await startMongo();
  const client = new MongoClient(mongo.url);
  t.after(async () => {
    await client.close();
    await mongo.stop();
  });
  return { url: mongo.url, client: await client.connect() };
}
