import { AppError } from '../errors.ts';

/** Where bytes of the wire came from, for messages: `orders-3`, and the position in what was fetched. */
export interface WirePlace {
  readonly partition: string;
  readonly position: number;
}

/** The error for bytes that are not what the record batch format says. */
export function batchCorrupt(at: WirePlace, reason: string, cause?: unknown): AppError {
  return new AppError(
    'KAFKA_BATCH_CORRUPT',
    `cannot read a record batch of ${at.partition} at byte ${at.position} of the response: ${reason}`,
    {
      subject: at.partition,
      hint: "Check the broker's log and disk for that partition (kafka-dump-log.sh), and the network in between.",
      cause,
    },
  );
}
