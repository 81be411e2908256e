import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../../core/errors.ts';

/** How long to wait, and what for. */
export interface UntilOptions {
  /** How long to wait at most. */
  readonly deadlineMs: number;
  /** Completes the sentence "waited in vain for ...". */
  readonly what: string;
  readonly pollMs?: number;
}

/**
 * Waits until the condition gives something else than false, null or undefined, and gives that. What the condition
 * throws ends the wait.
 * @throws SETUP_FAILED when the deadline passes first.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const startedAtMs = performance.now();
  for (;;) {
    const value = await condition();
    if (isPresent(value)) return value;
    if (performance.now() - startedAtMs > options.deadlineMs) {
      throw new AppError('SETUP_FAILED', `waited ${options.deadlineMs} ms in vain for ${options.what}`, {
        subject: options.what,
      });
    }
    await sleep(options.pollMs ?? 20);
  }
}

function isPresent<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== undefined && value !== null && value !== false;
}
