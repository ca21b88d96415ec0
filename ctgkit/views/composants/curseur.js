/* Le curseur d'ipywidgets, nommé et dit en français, et son champ. Rien ici ne calcule.
   Chaque texte envoyé porte un rang ; une valeur de Python d'un rang plus vieux, ou venue pendant que l'on tape, attend. */
const neuf = (balise, classe) => { const x = document.createElement(balise); x.className = classe; return x; };
const lire = (texte) => Number(texte.replace(/[\s€]/g, "").replace("−", "-").replace(",", "."));

/* Chaque contrôle charge ce fichier pour lui : le compte qui fait les identifiants est à la page. */
function render({ model, el }) {
  const lu = (nom) => model.get(nom), id = `curseur${(window.atelierCurseurs = (window.atelierCurseurs || 0) + 1)}`;
  const traits = neuf("div", "curseur-traits"), unite = neuf("span", "curseur-unite"), nom = neuf("label", "curseur-nom");
  const aide = neuf("p", "aide"), message = neuf("p", "erreur-champ");
  traits.setAttribute("aria-hidden", "true");
  aide.id = `${id}-aide`; message.id = `${id}-message`; message.setAttribute("role", "alert");
  const saisie = neuf("div", "curseur-champ"), champ = document.createElement("input");
  nom.htmlFor = champ.id = `${id}-champ`; champ.type = "text"; champ.inputMode = "decimal"; champ.autocomplete = "off";
  champ.setAttribute("aria-describedby", `${aide.id} ${message.id}`);
  saisie.append(champ, unite); el.append(aide, message);
  let boite = null, poignee = null, cadre = 0, rangTape = lu("rang"), connu = "";
  const envoyer = () => { if (champ.value !== connu) { connu = champ.value; rangTape += 1; model.send({ texte: connu, rang: rangTape, place: Number(poignee.getAttribute("aria-valuenow")) }); } };
  champ.addEventListener("change", envoyer);
  champ.addEventListener("keydown", (e) => { if (e.key === "Enter") envoyer(); });
  const poser = (texte) => { if (champ.value === connu) champ.value = connu = texte; };
  const dit = (v) => new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 6, useGrouping: !lu("echelle").millesime }).format(v).replace("-", "−");

  /* Ce qui est choisi : rien encore, un nombre au-delà de la glissière, ou là où est la poignée. */
  function choisi() {
    const { bas, haut } = lu("echelle"), ici = Number(poignee.getAttribute("aria-valuenow")), texte = lu("texte"), tape = lire(texte);
    if (texte === "" && ici === bas) return { vide: true };
    return { valeur: tape > haut && ici === haut ? tape : ici, dela: tape > haut && ici === haut };
  }
  /* noUiSlider écrit « 10.5 » : on entend et on lit « 10,5 places », y compris pendant que l'on glisse. */
  function parler() {
    const { vide, valeur, dela } = choisi(), e = lu("echelle"), texte = vide ? e.vide : `${dit(valeur)} ${e.unite}`.trim();
    const suite = dela ? `Au-delà de la glissière, qui s’arrête à ${dit(e.haut)} : la règle ne fixe pas de maximum.` : "";
    aide.textContent = [lu("aide"), suite].filter(Boolean).join(" "); aide.hidden = !aide.textContent;
    poignee.classList.toggle("curseur-vide", Boolean(vide));
    if (poignee.getAttribute("aria-valuetext") !== texte) poignee.setAttribute("aria-valuetext", texte);
    if (poignee.matches(":active, :focus") && !lu("erreur") && !vide) poser(dit(valeur));
  }
  const guet = new MutationObserver(parler);
  /* Un palier n'est écrit que s'il reste lisible entre ses voisins ; aucun mot ne sort de la glissière. */
  function graduer() {
    const { bas, haut, paliers, ouverte } = lu("echelle"), points = [...new Set([bas, ...paliers, haut])].filter((v) => v >= bas && v <= haut).sort((a, b) => a - b);
    const mots = points.map((v) => {
      const trait = neuf("span", "curseur-trait"), mot = neuf("span", "curseur-palier");
      trait.style.left = `${(100 * (v - bas)) / (haut - bas || 1)}%`;
      mot.textContent = v === haut && ouverte ? `${dit(v)} et plus` : dit(v);
      trait.append(mot);
      return mot;
    });
    traits.replaceChildren(...mots.map((mot) => mot.parentNode));
    const cadre = traits.getBoundingClientRect();
    if (!cadre.width) return;
    const marge = poignee.offsetWidth / 2, places = mots.map((mot) => {
      const { left, right } = mot.getBoundingClientRect(), ecart = Math.max(cadre.left - marge - left, 0) - Math.max(right - cadre.right - marge, 0);
      if (ecart) mot.style.marginLeft = `${ecart}px`;
      return { left: left + ecart, right: right + ecart };
    });
    let fin = places[0].right;
    const bout = places.at(-1).left;
    mots.slice(1, -1).forEach((mot, i) => {
      const { left, right } = places[i + 1];
      if (left < fin + 6 || right > bout - 6) mot.textContent = ""; else fin = right;
    });
  }
  const taille = new ResizeObserver(() => poignee && graduer());
  function nommer() {
    const e = lu("echelle"), seule = e.unite.toLowerCase() === lu("nom").toLowerCase();
    poignee.setAttribute("aria-label", `${lu("nom")}, de ${dit(e.bas)} à ${dit(e.haut)}${e.unite && !seule ? ` ${e.unite}` : ""}${e.ouverte ? ", davantage dans le champ" : ""}`);
    nom.textContent = lu("nom"); champ.placeholder = e.vide;
    poignee.dataset.cle = `${lu("cle")}-glissiere`; champ.dataset.cle = lu("cle");
    unite.textContent = e.unite;
    message.textContent = lu("erreur"); message.hidden = !lu("erreur");
    if (lu("erreur")) champ.setAttribute("aria-invalid", "true"); else champ.removeAttribute("aria-invalid");
    if (lu("rang") >= rangTape) {
      if (champ.value === connu) document.dispatchEvent(new CustomEvent("atelier:recu", { detail: lu("cle") }));
      poser(lu("texte"));
    }
    graduer(); parler();
  }
  const changer = () => { if (poignee) nommer(); };
  function habiller() {
    boite = el.closest(".curseur");
    poignee = boite && boite.querySelector(".noUi-handle");
    if (!poignee) { cadre = requestAnimationFrame(habiller); return; }
    boite.dataset.lmSuppressShortcuts = "true";
    poignee.closest(".noUi-target").append(traits); poignee.closest(".widget-slider").after(saisie); boite.prepend(nom);
    guet.observe(poignee, { attributes: true, attributeFilter: ["aria-valuenow", "aria-valuetext"] });
    taille.observe(traits);
    nommer();
  }
  model.on("change", changer);
  habiller();
  return () => { cancelAnimationFrame(cadre); traits.remove(); saisie.remove(); nom.remove(); guet.disconnect(); taille.disconnect(); model.off("change", changer); };
}
export default { render };
