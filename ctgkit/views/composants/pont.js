/* Les gestes d'une page : [data-geste], copies [data-copier], raccourcis [data-touche], fichiers. Rien ici ne calcule. */
const MORCEAU = 1 << 19;

function render({ model, el }) {
  const attache = new AbortController(), options = { signal: attache.signal };
  /* La page où le pont est posé. Tant qu'il n'y est pas, elle garde ce que l'on y fait (atelier.js), et il le joue ensuite. */
  let page = null;
  const zone = () => page;
  const dedans = (e, choix) => { const x = e.target.closest && e.target.closest(choix), z = zone(); return x && z && z.contains(x) ? x : null; };
  const voix = document.createElement("p");
  voix.className = "cache"; voix.setAttribute("role", "status");
  el.append(voix);
  const dire = (texte) => { voix.textContent = ""; requestAnimationFrame(() => { voix.textContent = texte; }); };

  /* Un bouton ou un menu posé dans [data-saisies] envoie aussi les champs nommés de ce bloc. */
  const saisies = (x) => {
    const bloc = x.closest("[data-saisies]");
    return bloc ? Object.fromEntries([...bloc.querySelectorAll("[name]")].map((y) => [y.name, y.value])) : {};
  };
  const partir = (x, valeur = x.dataset.valeur) => model.send({ ...saisies(x), ...x.dataset, ...(valeur === undefined ? {} : { valeur }) });
  const choix = (x) => x.dataset.valeur ?? (x.type === "checkbox" && !x.checked ? "" : x.value);
  const CONTROLES = "select[data-geste], input[data-geste], textarea[data-geste]";
  document.addEventListener("click", (e) => {
    const copie = dedans(e, "[data-copier]");
    if (copie) return copier(copie);
    const bouton = dedans(e, "[data-geste]");
    if (bouton && !bouton.disabled && !bouton.matches(CONTROLES)) { e.preventDefault(); partir(bouton); }
  }, options);
  document.addEventListener("change", (e) => {
    const x = dedans(e, `${CONTROLES}, [data-depot]`);
    if (x && x.dataset.depot) deposer(x);
    else if (x && !x.dataset.frappe) partir(x, choix(x));
  }, options);
  /* [data-frappe] : le geste part pendant que l'on tape, tant de millisecondes après la dernière touche. */
  document.addEventListener("input", (e) => {
    const x = dedans(e, "[data-geste][data-frappe]");
    if (x) { clearTimeout(x.minuteur); x.minuteur = setTimeout(() => partir(x, choix(x)), Number(x.dataset.frappe)); }
  }, options);
  document.addEventListener("keydown", (e) => {
    if (!e.altKey && !e.ctrlKey && !e.metaKey) return;
    const touche = `${e.altKey ? "Alt" : "Ctrl"}+${e.key.length === 1 ? e.key.toLowerCase() : e.key}`, z = zone();
    const x = z && z.querySelector(`[data-touche="${CSS.escape(touche)}"]`);
    if (x) { e.preventDefault(); if (x.matches("button")) x.click(); else x.focus(); }
  }, options);

  /* Un fichier part par morceaux, sans limite de message ; Python accuse chacun avant de recevoir le suivant. */
  let suite = null;
  async function deposer(entree) {
    const f = entree.files[0], { depot, maximum, commande } = entree.dataset;
    const dit = (texte) => { const z = zone().querySelector(`[data-depot-dit="${CSS.escape(depot)}"]`); if (z) z.textContent = texte; };
    if (!f) return;
    if (f.size > Number(maximum)) { dit(`Fichier trop lourd pour la page : utilisez « ${commande} » dans un terminal.`); entree.value = ""; return; }
    entree.disabled = true;
    for (let debut = 0, rang = 0; debut < f.size || rang === 0; debut += MORCEAU, rang += 1) {
      const octets = await f.slice(debut, debut + MORCEAU).arrayBuffer(), fin = debut + MORCEAU >= f.size;
      dit(fin ? `Lecture de ${f.name}…` : `Envoi de ${f.name} : ${Math.round((100 * debut) / f.size)} %`);
      await new Promise((ok) => { suite = ok; model.send({ depot, nom: f.name, rang, fin }, null, [octets]); });
    }
    entree.disabled = false; entree.value = ""; dit("");
  }

  /* Hors du poste même, le presse-papiers du navigateur est fermé : on passe par une sélection. */
  async function copier(bouton) {
    const texte = bouton.dataset.copier;
    try { await navigator.clipboard.writeText(texte); } catch {
      const aire = document.createElement("textarea");
      aire.value = texte; aire.className = "cache"; document.body.append(aire); aire.select();
      document.execCommand("copy"); aire.remove(); bouton.focus();
    }
    const avant = bouton.dataset.libelle || bouton.textContent;
    bouton.dataset.libelle = avant; bouton.textContent = "Copié";
    dire("Copié");
    setTimeout(() => { bouton.textContent = avant; }, 1800);
  }

  /* Un bloc redessiné garde ce que l'on y a déplié, et le focus là où il était. */
  let cle = "";
  const plis = new Map(), pli = (d) => d.dataset.cle || `${(d.closest("[aria-labelledby]") || d).getAttribute("aria-labelledby")} ${d.firstElementChild.textContent.replace(/\d+/g, "")}`;
  document.addEventListener("click", (e) => { const x = dedans(e, "summary"); if (x) plis.set(pli(x.parentNode), !x.parentNode.open); }, { ...options, capture: true });
  document.addEventListener("focusin", (e) => { const x = dedans(e, "[data-cle]"); cle = x ? x.dataset.cle : ""; }, options);
  document.addEventListener("pointerdown", (e) => { if (!dedans(e, "[data-cle]")) cle = ""; }, options);
  const guet = new MutationObserver((refaits) => {
    const neufs = plis.size ? refaits.flatMap((r) => [...r.addedNodes]).filter((x) => x.matches) : [];
    neufs.flatMap((x) => [x, ...x.querySelectorAll("details")]).filter((x) => x.matches("details") && plis.has(pli(x))).forEach((d) => { d.open = plis.get(pli(d)); });
    if (!cle || (document.activeElement && document.activeElement !== document.body)) return;
    const meme = page.querySelector(`[data-cle="${CSS.escape(cle)}"]`);
    if (meme) (meme.matches("details") ? meme.firstElementChild : meme).focus({ preventScroll: true });
  });
  function poser() {
    page = el.closest(".atelier-page");
    if (!page) { if (!attache.signal.aborted) requestAnimationFrame(poser); return; }
    guet.observe(page, { childList: true, subtree: true });
    page.dataset.pont = "pret";
    (window.gestesEnAttente || []).splice(0).forEach((e) => { if (e.target.isConnected) e.target.dispatchEvent(new e.constructor(e.type, e)); });
  }

  const message = (m, pieces) => {
    if (m.habillage) {
      const style = document.createElement("style");
      style.textContent = m.habillage; el.append(style);
    }
    if (m.recu && suite) suite();
    if (m.enregistre) document.dispatchEvent(new Event("atelier:enregistre"));
    if (m.fichier) {
      const lien = document.createElement("a");
      lien.href = URL.createObjectURL(new Blob([pieces[0]], { type: m.genre }));
      lien.download = m.fichier; document.body.append(lien); lien.click(); lien.remove();
      setTimeout(() => URL.revokeObjectURL(lien.href), 60000);
      dire(`Fichier prêt : ${m.fichier}`);
    }
  };
  model.on("msg:custom", message);
  /* La page de l'atelier porte déjà la feuille du cahier ; ailleurs, Python la donne. */
  if (!document.querySelector("link[data-habillage]")) model.send({ demande: "habillage" });
  model.on("change:annonce", () => dire(model.get("annonce")));
  model.set("adresse", location.origin + location.pathname);
  model.save_changes();
  poser();
  return () => { attache.abort(); guet.disconnect(); model.off("msg:custom", message); };
}
export default { render };
