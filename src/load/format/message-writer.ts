import { customWriter } from './custom-format.ts';
import { db2Writer } from './db2-format.ts';
import { debeziumWriter } from './debezium-format.ts';
import { goldenGateWriter } from './golden-gate-format.ts';
import type { MessageContext, MessageFormat, MessageWriter } from './message-format.ts';
import { v2Writer } from './v2-format.ts';

/** The writer of a format's messages. */
export function messageWriter(format: MessageFormat, context: MessageContext): MessageWriter {
  switch (format.type) {
    case 'db2':
      return db2Writer(format);
    case 'golden-gate':
      return goldenGateWriter(format);
    case 'debezium':
      return debeziumWriter(format, context, format.jsonStyle);
    case 'v2':
      return v2Writer(format, context, format.jsonStyle);
    case 'custom':
      return customWriter(format, context, format.jsonStyle);
  }
}
