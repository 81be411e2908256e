import type { Environment } from '../core/config/option.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import type { TreeTextOptions } from '../deploy/tree/tree-text.ts';
import type { CliHost } from './cli-host.ts';

/** Of a file or pipe, whose reader has some terminal. */
const USUAL_WIDTH = 100;
/** Longer lines are hard to read. */
const WIDTH_MAX = 120;

/** How plans and trees are drawn on this terminal. */
export function treeTextOptions(host: Pick<CliHost, 'stdout' | 'env'>, ascii: boolean): TreeTextOptions {
  return {
    width: Math.min(host.stdout.columns ?? USUAL_WIDTH, WIDTH_MAX),
    palette: paletteFor(coloursWanted(host.stdout, host.env)),
    ascii: ascii || !mayBeUnicode(host.env),
  };
}

/** Nothing said is taken for Unicode, as containers have no locale at all. */
function mayBeUnicode(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return env['TERM'] !== 'dumb' && (locale === undefined || /utf-?8/i.test(locale));
}
