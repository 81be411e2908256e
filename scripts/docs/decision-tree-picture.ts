import { decide } from '../../src/deploy/tree/decide.ts';
import { treeSvg } from '../../src/deploy/tree/tree-svg.ts';

/** The picture of docs/deploy.md: the landscape of its example. */
export function decisionTreePicture(): string {
  const facts = { greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: true };
  return treeSvg(decide(facts, 'parallel'), 'Deployment of shop');
}
