import { optional, withDefault } from '../core/config/option.ts';
import { boolean, filePath } from '../core/config/option-types.ts';

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  config: optional(filePath, {
    doc: 'The configuration file.',
    defaultText: '`BSS_CONFIG`, or bss.yaml if there is one',
  }),
  json: withDefault(boolean, false, { doc: 'Print results and errors as JSON.' }),
  help: withDefault(boolean, false, { doc: 'Explain the command.', flags: ['h'] }),
  version: withDefault(boolean, false, { doc: 'Print the version.' }),
};
