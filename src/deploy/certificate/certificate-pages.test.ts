import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { certificateInput } from '../../../test/harness/certificate-sample.ts';
import { buildCertificate, type CertificateInput } from './build-certificate.ts';
import { certificateHtml } from './certificate-html.ts';
import { certificateMarkdown } from './certificate-markdown.ts';

/** A certificate in which everything that comes from outside is this text. */
function saying(text: string): Partial<CertificateInput> {
  const base = certificateInput();
  return {
    deployment: { ...base.deployment, name: text },
    bucketUrl: text,
    clusterId: text,
    counts: [{ what: text, source: 1n, archived: 2n, rule: 'equal' }],
    groups: base.groups.map((group) => ({ ...group, group: text })),
    samples: base.samples.map((samples) => ({ ...samples, topic: text, folder: text })),
    topics: base.topics.map((topic) => ({ ...topic, topic: text, archive: { ...topic.archive, folder: text } })),
    steps: base.steps.map((step) => ({
      ...step,
      title: text,
      guideline: text,
      evidence: [{ check: text, outcome: 'failed', found: { [text]: [text, { text }] }, atMs: 0 }],
    })),
  };
}

function html(given: Partial<CertificateInput> = {}): string {
  return certificateHtml(buildCertificate(certificateInput(given)));
}

function markdown(given: Partial<CertificateInput> = {}): string {
  return certificateMarkdown(buildCertificate(certificateInput(given)));
}

test('the page needs nothing from anywhere, and runs nothing', () => {
  const page = html();
  assert.doesNotMatch(page, /<(script|link|img|iframe|object|embed)\b/i);
  assert.doesNotMatch(page, /\b(src|srcset|action|formaction)=|url\(|@import|href="(?!#)/i);
  assert.match(page, /^<!doctype html>/);
});

/** What makes tags and attributes of a page, without what is between. */
function skeleton(page: string): string {
  return page.replaceAll(/[^<>"]/g, '');
}

test('whatever names and evidence say, they stay text', () => {
  const expected = skeleton(html(saying('x')));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '/', 'b', '-'), maxLength: 8 }), (text) => {
      assert.equal(skeleton(html(saying(`x${text}`))), expected);
    }),
    { numRuns: 50 },
  );
  assert.match(html(saying('<b onclick="x()">')), /<h1>&lt;b onclick=&quot;x\(\)&quot;&gt;<\/h1>/);
});

test('a table of Markdown keeps its columns whatever is in its cells', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('|', '\\', '\n', 'a', '`', '*', '#', ' ') }), (text) => {
      for (const line of markdown(saying(`x${text}`)).split('\n')) {
        if (!line.startsWith('| ')) continue;
        // Cells end at bars that no backslash (itself not escaped) stands before.
        const bars = [...line.matchAll(/(?<!\\)(?:\\\\)*\|/g)].length;
        assert.ok([3, 4, 5, 7, 9].includes(bars), line);
      }
    }),
    { numRuns: 50 },
  );
});

test('both say the verdict, the reasons, every section and every figure', () => {
  const given: Partial<CertificateInput> = {
    counts: [{ what: 'rows of public.orders', source: 1_234_567n, archived: 1_234_566n, rule: 'equal' }],
  };
  for (const page of [html(given), markdown(given)]) {
    assert.match(page, /not proven/i);
    assert.match(page, /rows of public\.orders: 1234567 in the source, 1234566 in the archive/);
    assert.match(page, /1,234,567/);
    for (const title of ['Source and archive', 'The archive', 'Consumer groups', 'Compared records', 'Steps']) {
      assert.ok(page.includes(title), title);
    }
    assert.match(page, /00000000000000000040\.jsonl\.zst/);
    assert.match(page, /end offsets of orders stood still for 10 s/);
    assert.match(page, /Stop the CDC and prepare the Initial Load/);
    assert.match(page, /2 of 2/);
  }
  for (const page of [html(), markdown()]) {
    assert.match(page, /Every check held: the hand-over is proven\./);
    assert.doesNotMatch(page, /not proven/i);
  }
});

test('long tables are folded, and long evidence is there in full', () => {
  const [samples] = certificateInput().samples;
  assert.ok(samples);
  const [first] = samples.records;
  assert.ok(first);
  const records = Array.from({ length: 30 }, (_, index) => ({ ...first, offset: BigInt(index) }));
  assert.match(html({ samples: [{ ...samples, records }] }), /<summary>Show 30 rows<\/summary>/);
  const [step] = certificateInput().steps;
  assert.ok(step);
  const ends = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`orders-${index}`, '40']));
  const page = html({ steps: [{ ...step, evidence: [{ check: 'ends', outcome: 'noted', found: ends, atMs: 0 }] }] });
  assert.match(page, /<summary>orders-0: 40, .*\.\.\.<\/summary><pre>[^<]*&quot;orders-49&quot;: &quot;40&quot;/);
});
