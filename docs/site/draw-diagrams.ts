import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

/** Makes a picture of each Mermaid block, when the site is built: readers need no script for it, and a search finds its words. */
export function drawDiagrams(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return fence?.(tokens, index, options, env, self) ?? '';
    const drawn = renderMermaidSVG(token.content, {
      bg: 'var(--vp-c-bg)',
      fg: 'var(--vp-c-text-1)',
      nodeSpacing: 60,
      layerSpacing: 70,
      padding: 16,
      transparent: true,
    });
    // Its style sheet is meant for a file of its own, and fetches a font; the theme's site.css stands in for it.
    const svg = drawn.replace(/<style>[\s\S]*?<\/style>/, '');
    return `<figure v-pre class="diagram" role="img">${svg}</figure>\n`;
  };
}
