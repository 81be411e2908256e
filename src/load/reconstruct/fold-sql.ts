/**
 * The rule of the fold, in SQL that DuckDB and Spark read alike: `columns` of each key's latest change. If that one
 * deletes, there is no row.
 *
 * `changes(key, source, seen, partition, place, step, row)`: `row` is null for a delete. Sources come one after another.
 * Within a partition the order is that of `place`, its offset; `step` tells the two halves of a change of the key apart.
 * A key's records lie in one partition, unless the key of a row changed or somebody changed the number of partitions:
 * then time decides. `seen` is the largest timestamp that the partition had so far, so that the two orders never disagree.
 */
export function latestChangesSql(columns: string): string {
  return `select ${columns}
from (
  select ${columns}, row_number() over (
    partition by key order by source desc, seen desc, partition desc, place desc, step desc) as age
  from changes
) as aged
where age = 1`;
}
