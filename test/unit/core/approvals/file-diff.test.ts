import { describe, expect, it } from 'vitest';
import { diffFiles } from '../../../../core/approvals/file-diff.ts';

const files = (entries: Record<string, string>) => new Map(Object.entries(entries));

describe('what changes between two charts', () => {
  it('is a unified diff of the files that differ, and nothing of the others', () => {
    const before = files({ 'Chart.yaml': 'name: x\n', 'values.yaml': 'a: 1\nb: 2\n', 'old.yaml': 'gone\n' });
    const after = files({ 'Chart.yaml': 'name: x\n', 'values.yaml': 'a: 1\nb: 3\n', 'new.yaml': 'here\n' });

    const { text, cut, files: changed } = diffFiles(before, after);

    expect(changed).toEqual(['new.yaml', 'old.yaml', 'values.yaml']);
    expect(cut).toBe(false);
    expect(text).toContain('--- /dev/null\n+++ b/new.yaml\n@@ -0,0 +1,1 @@\n+here\n');
    expect(text).toContain('--- a/old.yaml\n+++ /dev/null\n');
    expect(text).toContain(' a: 1\n-b: 2\n+b: 3\n');
    expect(text).not.toContain('Chart.yaml');
  });

  it('is empty where nothing changes', () => {
    expect(diffFiles(files({ a: '1' }), files({ a: '1' }))).toMatchObject({ text: '', files: [], cut: false });
  });

  it('hides values of what is named like a secret, and still shows that they change', () => {
    const before = files({ 'values.yaml': 'database:\n  password: hunter2\n  apiKey: "k1"\n' });
    const after = files({ 'values.yaml': 'database:\n  password: hunter3\n  apiKey: "k1"\n' });

    const { text } = diffFiles(before, after);

    expect(text).not.toMatch(/hunter|k1/);
    expect(text).toContain('-  password: (hidden)\n+  password: (hidden)\n   apiKey: (hidden)');
  });

  it('hides the value of a variable by its name, and what a key has on the lines below it', () => {
    const before = files({
      'v.yaml': 'env:\n  - name: DB_PASSWORD\n    value: hunter2\n  - name: MODE\n    value: fast\n',
    });
    const after = files({
      'v.yaml':
        'env:\n  - name: DB_PASSWORD\n    value: hunter3\n  - name: MODE\n    value: slow\nprivateKey: |\n  BEGIN\n  MIIE\nsecretName: shown\n',
    });

    const { text } = diffFiles(before, after);

    expect(text).not.toMatch(/hunter|BEGIN|MIIE/);
    expect(text).toContain('-    value: (hidden)\n+    value: (hidden)');
    expect(text).toContain('-    value: fast\n+    value: slow\n');
    expect(text).toContain('+secretName: shown');
  });

  it('is cut at the end of a line when it is long, with the hash of all of it', () => {
    const long = (last: string) => files({ 'values.yaml': `${'key: välue\n'.repeat(20_000)}last: ${last}\n` });

    const one = diffFiles(new Map(), long('1'));
    const other = diffFiles(new Map(), long('2'));

    expect(one.cut).toBe(true);
    expect(Buffer.byteLength(one.text)).toBeLessThanOrEqual(60_000);
    expect(one.text.endsWith('\n')).toBe(true);
    expect(one.text).toBe(other.text);
    expect(one.sha256).not.toBe(other.sha256);
  });
});
