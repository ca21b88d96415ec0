/* Un formulaire écrit par Python ; un champ changé est envoyé, un champ que l'on tape n'est jamais réécrit. */
const neuf = (balise, classe, texte) => {
  const x = document.createElement(balise);
  if (classe) x.className = classe;
  if (texte !== undefined) x.textContent = texte;
  return x;
};
const options = (paires) => paires.map(([valeur, libelle]) => { const o = neuf("option", "", libelle); o.value = valeur; return o; });
const forme = (b) => JSON.stringify([b.legende, b.retirer, b.champs.map((c) => [c.nom, c.libelle, c.genre, c.cote, c.facultatif, c.genre === "radio" ? c.options : 0])]);
let rang = 0;

function render({ model, el }) {
  const racine = neuf("form", "formulaire"), blocs = new Map();
  let monte = false;
  racine.dataset.lmSuppressShortcuts = "true";
  racine.addEventListener("submit", (e) => e.preventDefault());
  el.append(racine);
  const envoyer = (bloc, champ, valeur) => model.send({ bloc, champ, valeur });

  function monter(b) {
    const groupe = neuf("fieldset", `bloc bloc-${b.cle}`), tete = b.legende ? neuf("legend", "", b.legende) : null;
    const champs = new Map();
    if (tete) groupe.append(tete);
    if (b.retirer) {
      const x = neuf("button", "bouton texte retirer", "Retirer");
      x.type = "button"; x.dataset.geste = "retirer"; x.dataset.bloc = b.cle; x.dataset.cle = `retirer-${b.cle}`;
      x.setAttribute("aria-label", b.retirer);
      groupe.append(x);
    }
    let ligne = null;
    for (const c of b.champs) {
      const champ = ({ radio: radios, curseur }[c.genre] || unique)(b.cle, c);
      champs.set(c.nom, champ);
      if (c.cote && !ligne) { ligne = neuf("div", "deux"); groupe.append(ligne); }
      if (!c.cote) ligne = null;
      (ligne || groupe).append(champ.boite);
    }
    const dessus = neuf("div", "bloc-html"), dessous = neuf("div", "bloc-bas");
    groupe.insertBefore(dessus, tete ? tete.nextSibling : groupe.firstChild);
    groupe.append(dessous);
    return { groupe, champs, dessus, dessous, forme: forme(b) };
  }

  function boite(c) {
    const x = neuf("div", "champ"), aide = neuf("p", "aide"), erreur = neuf("p", "erreur-champ");
    const id = `f${(rang += 1)}`;
    aide.id = `${id}-aide`; erreur.id = `${id}-erreur`; erreur.setAttribute("role", "alert");
    return { x, aide, erreur, id };
  }

  function unique(bloc, c) {
    const { x, aide, erreur, id } = boite(c), etiquette = neuf("label", "", c.libelle);
    const entree = neuf(c.genre === "choix" ? "select" : "input");
    if (c.facultatif) etiquette.append(" ", neuf("span", "discret", "(facultatif)"));
    etiquette.htmlFor = entree.id = id;
    entree.autocomplete = "off"; entree.dataset.cle = `${bloc}-${c.nom}`;
    if (c.genre === "nombre") entree.inputMode = "decimal";
    if (c.genre === "date") entree.placeholder = "JJ/MM/AAAA";
    entree.setAttribute("aria-describedby", `${aide.id} ${erreur.id}`);
    let envoye = null, proposees = "";
    const partir = () => { if (entree.value !== envoye) { envoye = entree.value; envoyer(bloc, c.nom, entree.value); } };
    entree.addEventListener("change", partir);
    entree.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && entree.tagName === "INPUT") partir();
      const pas = { ArrowUp: 1, ArrowDown: -1 }[e.key], lu = entree.value.replace(/[\s\u202f\u00a0]/g, "").replace(",", ".");
      if (c.genre === "nombre" && pas && lu !== "" && Number.isFinite(+lu)) { e.preventDefault(); entree.value = String(Math.max(0, +lu + pas)).replace(".", ","); partir(); }
    });
    x.append(etiquette, entree, aide, erreur);
    const poser = (n) => {
      if (c.genre === "choix") {
        const voulues = n.liste ? [["", "Choisir"], ...(model.get("listes")[n.liste] || [])] : n.options || [], dites = JSON.stringify(voulues);
        if (proposees !== dites) { entree.replaceChildren(...options(voulues)); proposees = dites; }
      }
      const tape = document.activeElement === entree && entree.tagName === "INPUT" && entree.value !== envoye && envoye !== null;
      if (!tape) { entree.value = n.valeur; envoye = n.valeur; }
      entree.toggleAttribute("aria-invalid", Boolean(n.erreur));
      if (n.erreur) entree.setAttribute("aria-invalid", "true");
    };
    return { boite: x, aide, erreur, poser };
  }

  function radios(bloc, c) {
    const { x, aide, erreur, id } = boite(c);
    const entrees = (c.options || []).map(([valeur, libelle], i) => {
      const etiquette = neuf("label", "coche"), entree = neuf("input");
      entree.type = "radio"; entree.name = id; entree.value = valeur; entree.id = `${id}-${i}`;
      entree.dataset.cle = `${bloc}-${c.nom}-${valeur}`;
      entree.addEventListener("change", () => envoyer(bloc, c.nom, valeur));
      etiquette.append(entree, ` ${libelle}`);
      x.append(etiquette);
      return entree;
    });
    x.append(aide, erreur);
    return { boite: x, aide, erreur, poser: (n) => entrees.forEach((e) => { e.checked = e.value === n.valeur; }) };
  }

  /* Le curseur est un contrôle d'ipywidgets, lié à Python : le formulaire lui donne sa place, et le dit affiché. */
  function curseur(bloc, c) {
    const { x, aide, erreur } = boite(c);
    let vue = null;
    x.classList.add("champ-curseur");
    const modele = model.get("curseurs")[`${bloc}-${c.nom}`], gestion = model.widget_manager;
    if (modele) gestion.get_model(modele.replace("IPY_MODEL_", "")).then((m) => gestion.create_view(m)).then((v) => { vue = v; x.append(v.el); v.luminoWidget.processMessage({ type: "after-attach" }); });
    return { boite: x, aide, erreur, poser: () => {}, retirer: () => vue && vue.remove() };
  }

  const texte = (zone, dit = "") => { if (zone.textContent !== dit) zone.textContent = dit; zone.hidden = !dit; };
  const html = (zone, dit = "") => { if (zone.dataset.html !== dit) { zone.dataset.html = dit; zone.innerHTML = dit; } zone.hidden = !dit; };

  const oter = (b) => { b.champs.forEach((c) => c.retirer && c.retirer()); b.groupe.remove(); };

  function dessiner() {
    const voulus = model.get("blocs"), nom = model.get("nom");
    if (nom) racine.setAttribute("aria-label", nom);
    let avant = null, perdu = false;
    const neufs = [];
    for (const [cle, b] of blocs) if (!voulus.some((v) => v.cle === cle)) { perdu ||= b.groupe.contains(document.activeElement); oter(b); blocs.delete(cle); }
    for (const v of voulus) {
      let b = blocs.get(v.cle);
      if (b && b.forme !== forme(v)) { oter(b); b = null; }
      if (!b) { b = monter(v); blocs.set(v.cle, b); neufs.push(b.groupe); }
      const place = avant ? avant.nextSibling : racine.firstChild;
      if (place !== b.groupe) racine.insertBefore(b.groupe, place);
      avant = b.groupe;
      html(b.dessus, v.html); html(b.dessous, v.bas);
      for (const c of v.champs) { const x = b.champs.get(c.nom); texte(x.aide, c.aide); texte(x.erreur, c.erreur); x.poser(c); }
    }
    /* Le clavier suit : le premier champ d'un groupe ajouté, ou le formulaire quand le groupe quitté a disparu. */
    const premier = (zone) => { const x = zone.querySelector("input, select"); if (x) x.focus(); };
    if (monte && neufs.length === 1) premier(neufs[0]); else if (perdu) premier(racine);
    monte = true;
  }
  model.on("change:blocs change:listes", dessiner);
  dessiner();
  return () => model.off("change:blocs change:listes", dessiner);
}
export default { render };
