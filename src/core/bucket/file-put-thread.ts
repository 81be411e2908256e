import { answerCalls } from '../runtime/answer-calls.ts';
import { type FilePut, FilePuts } from './file-put.ts';

/*
 * A thread of `FilePutThreads`.
 */

const puts = new FilePuts();
// Its calls are those of file-put-threads.ts.
answerCalls((put) => ({ result: puts.put(put as FilePut) }));
