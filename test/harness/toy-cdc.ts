import { readFileSync, writeFileSync } from 'node:fs';
import type { InitialLoadRequest } from '../../src/deploy/cdc/cdc-driver.ts';

/** A row's key, and the row, or null for a deletion. */
type Message = readonly [key: string, row: string | null];

/** All there is of a toy CDC, as JSON, so that a command can hold it in a file. */
export interface ToyState {
  running: boolean;
  /** Changes of the source, by live topic, and how many of them were captured. */
  readonly source: Record<string, { changes: Message[]; captured: number }>;
  readonly topics: Record<string, Message[]>;
  /** By id: how often it has been asked how far it is; it has finished the second time. */
  readonly loads: Record<string, { asked: number; rows: Record<string, number>; spare: boolean }>;
}

/** What the CDC of a hook is asked. */
export type ToyAction =
  | { readonly do: 'stop' | 'start' | 'state' | 'change' }
  | { readonly do: 'load'; readonly request: Pick<InitialLoadRequest, 'id' | 'by' | 'topics'> }
  | { readonly do: 'loadState' | 'endLoad'; readonly id: string };

/** A source with some rows, captured from then on. */
export function newToy(topics: readonly string[]): ToyState {
  return {
    running: true,
    source: Object.fromEntries(topics.map((topic) => [topic, { changes: firstRows(topic), captured: 3 }])),
    topics: Object.fromEntries(topics.map((topic) => [topic, []])),
    loads: {},
  };
}

function firstRows(topic: string): Message[] {
  return [1, 2, 3].map((n) => [`${n}`, `${topic} ${n}`]);
}

/** Does what is asked, captures what there is to capture, and gives the answer of a hook; undefined: no such load. */
export function actOnToy(toy: ToyState, action: ToyAction): unknown {
  const answer = act(toy, action);
  if (toy.running) {
    for (const [topic, source] of Object.entries(toy.source)) {
      toy.topics[topic]?.push(...source.changes.slice(source.captured));
      source.captured = source.changes.length;
    }
  }
  return answer;
}

/** As `actOnToy`, on a toy in a file. */
export function actOnToyFile(path: string, action: ToyAction): unknown {
  const toy = JSON.parse(readFileSync(path, 'utf8')) as ToyState;
  const answer = actOnToy(toy, action);
  writeFileSync(path, JSON.stringify(toy));
  return answer;
}

/** The last row of each key. */
export function foldToy(messages: readonly Message[]): Map<string, string> {
  const rows = new Map<string, string>();
  for (const [key, row] of messages) {
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
  return rows;
}

function act(toy: ToyState, action: ToyAction): unknown {
  switch (action.do) {
    case 'stop':
    case 'start':
      toy.running = action.do === 'start';
      return {};
    case 'state':
      return { state: toy.running ? 'running' : 'stopped' };
    case 'change':
      for (const { changes } of Object.values(toy.source)) {
        const n = changes.length;
        changes.push([`${n}`, `row ${n}`], ['2', `changed ${n}`], [`${n - 2}`, null]);
      }
      return {};
    case 'load':
      return load(toy, action.request);
    case 'loadState':
      return loadState(toy, action.id);
    case 'endLoad':
      delete toy.loads[action.id];
      return {};
  }
}

function load(toy: ToyState, { id, by, topics }: Pick<InitialLoadRequest, 'id' | 'by' | 'topics'>): unknown {
  if (toy.loads[id] === undefined) {
    const rows: Record<string, number> = {};
    if (by === 'restart') toy.running = true;
    for (const { topic, target } of topics) {
      const source = toy.source[topic];
      const table = [...foldToy(source?.changes ?? [])];
      rows[topic] = table.length;
      toy.topics[target] = [...(toy.topics[target] ?? []), ...table];
      if (by === 'restart' && source !== undefined) source.captured = source.changes.length;
    }
    toy.loads[id] = { asked: 0, rows, spare: by === 'spare' };
  }
  return { handle: id };
}

function loadState(toy: ToyState, id: string): unknown {
  const found = toy.loads[id];
  if (found === undefined) return undefined;
  found.asked++;
  return { state: found.asked < 2 ? 'running' : 'finished', rows: found.rows };
}
