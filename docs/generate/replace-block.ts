/** `text` with what stands between the marks of `block` replaced. Throws when the marks are missing. */
export function replaceBlock(text: string, block: string, content: string): string {
  const begin = `<!-- generated: ${block} -->`;
  const end = '<!-- /generated -->';
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`no marks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`;
}
