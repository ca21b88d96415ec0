/* Motif ARIA « grid » : un seul arrêt de tabulation, flèches, Entrée ou F2 pour écrire, Échap pour renoncer. */
const nu = (t) => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const neuf = (balise, classe, texte) => { const x = document.createElement(balise); if (classe) x.className = classe; if (texte !== undefined) x.textContent = texte; return x; };
let rang = 0;

function render({ model, el }) {
  const id = `grille${(rang += 1)}`, racine = neuf("div", "grille"), boite = neuf("div", "gr-boite"), voix = neuf("p", "gr-voix");
  const outils = neuf("div", "gr-outils"), filtre = neuf("input"), etiquette = neuf("label", "gr-filtre", "Filtrer les lignes");
  const aide = neuf("p", "gr-aide", "Flèches pour se déplacer, Entrée pour écrire, Échap pour renoncer, Suppr pour vider ; un bloc copié dans un tableur se colle.");
  racine.dataset.lmSuppressShortcuts = "true"; voix.setAttribute("role", "status"); aide.id = `${id}-aide`;
  filtre.type = "text"; filtre.autocomplete = "off"; etiquette.append(filtre); outils.append(etiquette, aide);
  racine.append(outils, boite, voix); el.append(racine);
  const cols = () => model.get("colonnes");
  let lignes = [], place = [0, 0], saisie = null, corps = null, dites = {};

  const visibles = () => [...corps.rows].filter((tr) => !tr.hidden);
  const ou = (td) => [td.parentNode, td.cellIndex];
  const cle = (td) => `${td.parentNode.dataset.id}|${cols()[td.cellIndex].nom}`;

  function aller(r, c, focus = true) {
    const rangs = visibles();
    if (!rangs.length) return;
    const tr = rangs[Math.max(0, Math.min(rangs.length - 1, r))], td = tr.cells[Math.max(0, Math.min(cols().length - 1, c))];
    corps.querySelectorAll("td[tabindex='0']").forEach((x) => { x.tabIndex = -1; });
    td.tabIndex = 0; place = [rangs.indexOf(tr), td.cellIndex];
    if (focus) { td.focus(); td.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }

  function finir(garder, dr = 0, dc = 0, focus = true) {
    if (!saisie) return;
    const { td, entree, avant } = saisie, texte = entree.value.trim();
    saisie = null; ecrire(td, garder ? texte : avant);
    if (garder && texte !== avant) { td.classList.add("gr-attend"); model.send({ cases: [[td.parentNode.dataset.id, cols()[td.cellIndex].nom, texte]] }); }
    const [tr, c] = ou(td);
    aller(visibles().indexOf(tr) + dr, c + dc, focus);
  }

  function commencer(td, texte) {
    const col = cols()[td.cellIndex];
    voix.className = "gr-voix";
    if (!col.genre) { voix.textContent = `${col.libelle} : colonne à lire.`; return; }
    const entree = neuf("input"), avant = td.dataset.texte || "";
    entree.type = "text"; if (col.genre === "nombre") entree.inputMode = "decimal"; if (col.genre === "date") entree.placeholder = "JJ/MM/AAAA";
    entree.value = texte === undefined ? avant : texte;
    entree.setAttribute("aria-label", `${col.libelle}, ${td.parentNode.cells[0].textContent}`);
    if (col.options.length) { const liste = neuf("datalist"); liste.id = `${id}-${col.nom}`; liste.append(...col.options.map((o) => { const x = neuf("option"); x.value = o; return x; })); td.replaceChildren(entree, liste); entree.setAttribute("list", liste.id); } else td.replaceChildren(entree);
    saisie = { td, entree, avant };
    entree.focus(); if (texte === undefined) entree.select();
    entree.addEventListener("keydown", (e) => {
      e.stopPropagation();
      const suite = { Enter: [true, 1, 0], Escape: [false, 0, 0], Tab: [true, 0, e.shiftKey ? -1 : 1] }[e.key];
      if (suite) { e.preventDefault(); finir(...suite); }
    });
    /* Un clic ouvre la case : un bloc collé là va dans la grille, un texte seul reste dans la case. */
    entree.addEventListener("paste", (e) => {
      if (!/[\t\n]/.test(e.clipboardData.getData("text").replace(/\r?\n$/, ""))) return;
      e.stopPropagation(); finir(false); coller(e);
    });
    entree.addEventListener("blur", () => { if (saisie && saisie.entree === entree) finir(true, 0, 0, false); });
  }

  function ecrire(td, texte) {
    const erreur = model.get("erreurs")[cle(td)];
    td.dataset.texte = texte; td.replaceChildren(texte);
    td.classList.toggle("gr-faux", Boolean(erreur));
    if (erreur) { td.setAttribute("aria-invalid", "true"); td.append(neuf("small", "", erreur)); } else td.removeAttribute("aria-invalid");
  }

  function dresser() {
    const table = neuf("table"), titre = neuf("caption", "gr-voix", model.get("titre")), tete = table.createTHead().insertRow();
    table.setAttribute("role", "grid"); table.setAttribute("aria-describedby", aide.id); table.append(titre);
    tete.setAttribute("aria-rowindex", 1);
    cols().forEach((c) => { const th = neuf("th", "", c.libelle + (c.genre ? " ✎" : "")); th.scope = "col"; tete.append(th); });
    corps = table.createTBody(); boite.replaceChildren(table);
  }

  function ranger() {
    const voulues = model.get("lignes"), connues = new Map([...corps.rows].map((tr) => [tr.dataset.id, tr]));
    lignes = voulues;
    corps.parentNode.setAttribute("aria-rowcount", voulues.length + 1);
    voulues.forEach(([cleLigne, ...cases], i) => {
      let tr = connues.get(cleLigne);
      connues.delete(cleLigne);
      if (!tr) { tr = neuf("tr"); tr.dataset.id = cleLigne; cols().forEach((c) => { const td = neuf("td", `${c.genre ? "gr-ecrire" : "gr-lire"}${c.genre === "nombre" ? " gr-nombre" : ""}`); td.setAttribute("role", "gridcell"); td.tabIndex = -1; if (!c.genre) td.setAttribute("aria-readonly", "true"); tr.append(td); }); }
      tr.setAttribute("aria-rowindex", i + 2);
      if (corps.rows[i] !== tr) corps.insertBefore(tr, corps.rows[i] || null);
      cases.forEach((texte, c) => {
        const td = tr.cells[c], erreur = model.get("erreurs")[cle(td)] || "";
        td.classList.remove("gr-attend");
        if (saisie && saisie.td === td) return;
        if (td.dataset.texte !== texte || td.dataset.erreur !== erreur) { td.dataset.erreur = erreur; ecrire(td, texte); }
      });
    });
    connues.forEach((tr) => tr.remove());
    filtrer();
    /* On dit le défaut qui vient d'apparaître, jamais à la place de ce qui n'a pas tenu dans la grille. */
    const avant = dites, neufs = Object.entries(model.get("erreurs")).filter(([c, dit]) => avant[c] !== dit);
    dites = model.get("erreurs");
    if (neufs.length && voix.className !== "gr-perdu") voix.textContent = neufs[neufs.length - 1][1];
  }

  function filtrer() {
    const cherche = nu(filtre.value.trim());
    [...corps.rows].forEach((tr) => { tr.hidden = Boolean(cherche) && !nu(tr.textContent).includes(cherche); });
    if (!saisie) aller(...place, false);
  }

  /* Ce qui ne tient pas dans la grille se dit à tous : rien ne se perd en silence. */
  function coller(e) {
    if (saisie) return;
    e.preventDefault();
    const rangs = visibles(), cases = [];
    let perdues = 0;
    e.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((ligne, i) => {
      const tr = rangs[place[0] + i];
      if (!tr && ligne.trim()) perdues += 1;
      ligne.split("\t").forEach((texte, j) => {
        const col = cols()[place[1] + j];
        if (tr && col && col.genre) cases.push([tr.dataset.id, col.nom, texte.trim()]);
      });
    });
    if (cases.length) model.send({ cases });
    voix.className = perdues ? "gr-perdu" : "gr-voix";
    const s = (n) => (n > 1 ? "s" : "");
    if (cases.length || perdues) voix.textContent = `${cases.length} case${s(cases.length)} collée${s(cases.length)}.${perdues ? ` ${perdues} ligne${s(perdues)} n’ont pas tenu dans la grille : collez le reste dans les lignes suivantes, ou importez le fichier.` : ""}`;
  }

  filtre.addEventListener("input", filtrer);
  boite.addEventListener("keydown", (e) => {
    if (saisie || e.target.tagName !== "TD") return;
    const [r, c] = place, pas = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] }[e.key];
    if (pas) aller(r + pas[0], c + pas[1]);
    else if (e.key === "Home") aller(e.ctrlKey ? 0 : r, 0);
    else if (e.key === "End") aller(e.ctrlKey ? 1e9 : r, 1e9);
    else if (e.key === "Enter" || e.key === "F2") commencer(e.target);
    else if (e.key === "Delete" && cols()[c].genre) { commencer(e.target, ""); finir(true); }
    else if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey) commencer(e.target, e.key);
    else return;
    e.preventDefault(); e.stopPropagation();
  });
  boite.addEventListener("click", (e) => { const td = e.target.closest("td"); if (td && !saisie) { aller(visibles().indexOf(td.parentNode), td.cellIndex); if (cols()[td.cellIndex].genre) commencer(td); } });
  boite.addEventListener("paste", coller);
  model.on("change:colonnes", () => { dresser(); ranger(); });
  model.on("change:lignes change:erreurs", ranger);
  dresser(); ranger();
}
export default { render };
