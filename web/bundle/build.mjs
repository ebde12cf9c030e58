/**
 * Builds the page for deployment: few, minified files with content-hashed names, beside their source maps.
 *
 * `node build.mjs [FOLDER]` writes into FOLDER, or into `web/page/dist`, from where the app serves it. What index.html
 * and share.html name is what is built: the style sheets of each become one, a script and all that it imports at first
 * become one, but for what a script before it has, and what is imported later stays apart.
 */

import { createHash } from "node:crypto";
import { copyFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { build, transform } from "esbuild";
import { rollup } from "rollup";

const page = join(import.meta.dirname, "../page");
const target = resolve(process.argv[2] ?? join(page, "dist"));
const served = /\.(?:html|css|js|png|svg|webmanifest|woff2)$/;

const pages = {
  "index.html": ["js/library/firstSearch.js", "js/app.js"],
  "share.html": ["js/share/sharePage.js"],
};
const options = {
  absWorkingDir: page,
  bundle: true,
  minify: true,
  sourcemap: true,
  metafile: true,
  legalComments: "linked",
  outdir: target,
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file" },
  logLevel: "warning",
};

const there = await readdir(target).catch(() => []);
if (there.length && !there.includes("sources")) throw new Error(`${target} holds something else than a bundle`);
await rm(target, { recursive: true, force: true });
const icon = await readFile(join(page, "logo.svg"));

for (const [name, entries] of Object.entries(pages)) {
  const html = await readFile(join(page, name), "utf8");
  const scripts = await bundled(entries);
  const styles = await build({
    ...options,
    stdin: { contents: imports(html), loader: "css", resolveDir: page },
    entryNames: `css/${basename(entries.at(-1), ".js")}-[hash]`,
  });
  await writeFile(join(target, name), rewritten(html, scripts, styles));
}
const worker = await transform(await readFile(join(page, "serviceWorker.js"), "utf8"), {
  minify: true,
  target: "es2022",
});
await writeFile(join(target, "serviceWorker.js"), worker.code); // which the app tells the names of all others
await writeFile(join(target, "sources"), await digestOfSources());
await cp(join(page, "icons"), join(target, "icons"), { recursive: true });
await copyFile(join(page, "app.webmanifest"), join(target, "app.webmanifest"));
for (const name of await readdir(join(page, "vendor"))) {
  if (name.endsWith(".LICENSE")) await copyFile(join(page, "vendor", name), join(target, name));
}

/** A style sheet that imports those of the page, in their order. */
function imports(html) {
  return [...html.matchAll(/<link rel="stylesheet" href="\/page\/([^"]+)"/g)]
    .map(([, name]) => `@import "./${name}";`)
    .join("\n");
}

/** The names of the files by script: each holds it and all that it imports at first; what it imports later has its own. */
async function bundled(entries) {
  const ids = entries.map((entry) => join(page, entry));
  const build = await rollup({ input: ids, onwarn: refuse });
  const { output } = await build.write({
    dir: target,
    format: "es",
    sourcemap: true,
    hashCharacters: "base36",
    entryFileNames: "js/[name]-[hash:8].js",
    chunkFileNames: "js/[name]-[hash:8].js",
    manualChunks: (id, graph) => {
      const importing = importingAtFirst(id, graph);
      const first = ids.find((entry) => importing.has(entry));
      if (first) return basename(first, ".js");
      const later = [...importing].filter((each) => graph.getModuleInfo(each).dynamicImporters.length);
      return later.length > 1 ? "shared" : undefined; // one request in place of many small ones
    },
    plugins: [
      { name: "minify", renderChunk: (code) => transform(code, { minify: true, sourcemap: true, target: "es2022" }) },
    ],
  });
  await build.close();
  return Object.fromEntries(
    entries.map((entry, index) => [entry, output.find(({ facadeModuleId }) => facadeModuleId === ids[index]).fileName]),
  );
}

function refuse({ message }) {
  throw new Error(message);
}

/** A module, and those that import it, directly or through others, not only on first use. */
function importingAtFirst(id, { getModuleInfo }) {
  const importing = new Set([id]);
  for (const each of importing) for (const importer of getModuleInfo(each).importers) importing.add(importer);
  return importing;
}

/** The page with the files that were built in place of their sources. */
function rewritten(html, scripts, styles) {
  const font = outputs(styles).find(({ name }) => basename(name).startsWith("figtree-"));
  const style = outputs(styles).find(({ name }) => name.endsWith(".css"));
  const head = `<link rel="stylesheet" href="/page/${style.name}" />`;
  return html
    .replace(/\s*<link rel="(?:stylesheet|modulepreload)"[^>]*>/g, "")
    .replace("/page/logo.svg", `data:image/svg+xml;base64,${icon.toString("base64")}`)
    .replace("/page/vendor/figtree.woff2", `/page/${font.name}`)
    .replace(/(<script [^>]*src="\/page\/)([^"]+)/g, (_, before, entry) => before + scripts[entry])
    .replace(/(\s*)<script /, (tag, space) => space + head + tag);
}

function outputs({ metafile }) {
  return Object.entries(metafile.outputs).map(([path, output]) => ({ ...output, name: relativeToTarget(path) }));
}

function relativeToTarget(path) {
  return relative(target, join(page, path)).replaceAll("\\", "/");
}

/** What web/static.py calls their version: the app does not serve a bundle that is older than the sources beside it. */
async function digestOfSources() {
  const names = (await readdir(page, { recursive: true }))
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => served.test(name) && !/(?:^|\/)(?:dist|node_modules)\//.test(name))
    .sort();
  const digests = await Promise.all(names.map(async (name) => sha256(await readFile(join(page, name))).slice(0, 20)));
  return sha256(names.map((name, position) => `${name} ${digests[position]}\n`).join("")).slice(0, 12);
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
