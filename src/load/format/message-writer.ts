import { customWriter } from './custom-format.ts';
import { db2Frame } from './db2-format.ts';
import { debeziumFrame } from './debezium-format.ts';
import { goldenGateFrame } from './golden-gate-format.ts';
import type { MessageContext, MessageFormat, MessageWriter } from './message-format.ts';
import { framedWriter, type MessageFrame } from './message-frame.ts';
import { v2Frame } from './v2-format.ts';

/** The writer of a format's messages. */
export function messageWriter(format: MessageFormat, context: MessageContext): MessageWriter {
  return format.type === 'custom'
    ? customWriter(format, context, format.jsonStyle)
    : framedWriter(frameOf(format, context));
}

/** What stands around the row in a format's messages; undefined for those of a template. */
export function messageFrame(format: MessageFormat, context: MessageContext): MessageFrame | undefined {
  return format.type === 'custom' ? undefined : frameOf(format, context);
}

function frameOf(format: Exclude<MessageFormat, { readonly type: 'custom' }>, context: MessageContext): MessageFrame {
  switch (format.type) {
    case 'db2':
      return db2Frame(format);
    case 'golden-gate':
      return goldenGateFrame(format);
    case 'debezium':
      return debeziumFrame(format, context, format.jsonStyle);
    case 'v2':
      return v2Frame(format, context, format.jsonStyle);
  }
}
