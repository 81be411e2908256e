import type { Answer, Fork, Outcome } from './decision-tree.ts';

/** A fork or an outcome, and its cell in a grid. */
export interface PlacedNode {
  readonly node: Fork | Outcome;
  readonly column: number;
  readonly row: number;
}

/** A way from a fork to what follows: to the right in the same row, or down in the same column. */
export interface PlacedEdge {
  readonly from: PlacedNode;
  readonly to: PlacedNode;
  readonly answer: Answer;
  readonly direction: 'right' | 'down';
}

/** The tree as cells of a grid. */
export interface TreeLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly columns: number;
  readonly rows: number;
}

/**
 * Lays a tree out: the first answer of a fork goes to the right, the last one down, below everything on the right. So
 * lines never cross, and a tree that is mostly a chain of questions stays narrow. Every fork has two answers.
 */
export function layOutTree(root: Fork): TreeLayout {
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  const place = (node: Fork | Outcome, column: number, row: number): { placed: PlacedNode; below: number } => {
    const placed = { node, column, row };
    nodes.push(placed);
    if (node.kind === 'outcome') return { placed, below: row + 1 };
    let below = row;
    for (const [index, answer] of node.answers.entries()) {
      const isFirst = index === 0;
      const next = place(answer.to, isFirst ? column + 1 : column, below);
      edges.push({ from: placed, to: next.placed, answer, direction: isFirst ? 'right' : 'down' });
      below = next.below;
    }
    return { placed, below };
  };
  const { below } = place(root, 0, 0);
  return { nodes, edges, columns: Math.max(...nodes.map(({ column }) => column)) + 1, rows: below };
}
