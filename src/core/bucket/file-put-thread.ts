import { answerCalls } from '../runtime/answer-calls.ts';
import { type FilePut, FilePuts } from './file-put.ts';

/*
 * A thread of `FilePutThreads`.
 */

const puts = new FilePuts();
answerCalls((put: FilePut) => ({ result: puts.put(put) }));
