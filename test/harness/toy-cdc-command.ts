/** What a user's commands would be: `node toy-cdc-command.ts FILE ACTION`, with the variables of docs/cdc.md. */
import type { InitialLoadRequest } from '../../src/deploy/cdc/cdc-driver.ts';
import { processEnvironment } from '../../src/core/config/process-environment.ts';
import { actOnToyFile, type ToyAction } from './toy-cdc.ts';

const [file = '', action] = process.argv.slice(2);
const { BSS_LOAD_ID: id = '', BSS_LOAD_BY: by = '', BSS_TOPICS: topics = '[]', BSS_LOAD_HANDLE } = processEnvironment();
const request = { id, by, topics: JSON.parse(topics) as unknown } as InitialLoadRequest;

function actionOf(): ToyAction {
  switch (action) {
    case 'stop':
    case 'start':
    case 'state':
      return { do: action };
    case 'load':
      return { do: 'load', request };
    default: {
      // The handle is what `load` printed.
      const { handle } = JSON.parse(BSS_LOAD_HANDLE ?? '{}') as { handle?: string };
      return { do: action === 'endLoad' ? 'endLoad' : 'loadState', id: handle ?? '' };
    }
  }
}

process.stdout.write(JSON.stringify(actOnToyFile(file, actionOf()) ?? null));
