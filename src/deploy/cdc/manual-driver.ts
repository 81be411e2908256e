import type { CdcFacts } from '../facts/deployment.ts';
import type { CdcDriver, InitialLoadRequest } from './cdc-driver.ts';

/** The section `cdc` for a person. */
export type ManualFacts = Extract<CdcFacts, { readonly driver: 'manual' }>;

/**
 * A CDC that only a person can speak to. What the person confirms is not believed: whoever uses the driver looks at end
 * offsets and at what was archived. A load is confirmed when it has ended, since nobody can be asked in between.
 */
export function manualDriver({ instructions = {} }: ManualFacts): CdcDriver {
  const instruct = (what: 'stop' | 'start' | 'startLoad' | 'endLoad', ours: string): string =>
    instructions[what] ?? ours;
  const loadOf = (request: InitialLoadRequest): string => {
    const targets = request.topics.map(({ topic, target }) =>
      topic === target ? `every row of the table of ${topic}` : `every row of the table of ${topic} into ${target}`,
    );
    const who =
      request.by === 'spare'
        ? 'Let a further task of the CDC write, while the CDC goes on,'
        : 'Start the CDC, and let it write';
    const text = instruct('startLoad', `${who} ${targets.join(', ')}, with keys and values as the CDC writes them.`);
    return `${text} (load ${request.id})`;
  };
  return {
    kind: 'manual',
    subject: 'the CDC',
    state: () => Promise.resolve({ state: 'unknown', detail: null }),
    stop: (run) => run.askPerson(instruct('stop', 'Stop the CDC so that it can go on later from where it was.')),
    start: (run) =>
      run.askPerson(instruct('start', 'See that the CDC runs. Where it does not, start it again, from where it was.')),
    describeLoad: (request) => Promise.resolve([`a person is asked: ${loadOf(request)}`]),
    async startLoad(request, run) {
      await run.askPerson(`${loadOf(request)} Confirm when the load has ended and every row is in Kafka.`);
      return { confirmed: true };
    },
    loadState: () => Promise.resolve({ state: 'finished', detail: 'a person has confirmed it' }),
    async endLoad({ by }, _handle, run) {
      const ours = 'Take away the further task of the CDC, with what it has noted of its position.';
      if (by === 'spare') await run.askPerson(instruct('endLoad', ours));
    },
  };
}
