/* Le curseur d'ipywidgets, nommé et dit en français. Rien ici ne calcule : la glissière et le champ sont à Python. */
const fr = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 6 });
let rang = 0;

function render({ model, el }) {
  const lu = (nom) => model.get(nom), id = `curseur${(rang += 1)}`;
  const traits = document.createElement("div"), unite = document.createElement("span"), nom = document.createElement("label"), aide = document.createElement("p"), message = document.createElement("p");
  traits.className = "curseur-traits"; traits.setAttribute("aria-hidden", "true");
  unite.className = "curseur-unite"; aide.className = "aide"; aide.id = `${id}-aide`;
  message.className = "erreur-champ"; message.id = `${id}-message`; message.setAttribute("role", "alert");
  nom.className = "curseur-nom"; nom.htmlFor = `${id}-champ`;
  el.append(aide, message);
  let boite = null, poignee = null, champ = null, cadre = 0;
  const dit = (v) => fr.format(v).replace("-", "−");

  /* noUiSlider écrit « 10.5 » : on entend et on lit « 10,5 places », y compris pendant que l'on glisse. */
  const parler = () => {
    const valeur = dit(poignee.getAttribute("aria-valuenow")), texte = `${lu("valeurs")[valeur] || valeur} ${lu("unite")}`.trim();
    if (poignee.getAttribute("aria-valuetext") !== texte) poignee.setAttribute("aria-valuetext", texte);
    if (poignee.matches(":active, :focus") && document.activeElement !== champ && champ.value !== valeur && !lu("erreur")) champ.value = valeur;
  };
  const guet = new MutationObserver(parler);
  /* Un trait n'est écrit que s'il reste lisible à côté du précédent. */
  function graduer() {
    const [bas, haut] = [lu("bas"), lu("haut")], place = (v) => (100 * (v - bas)) / (haut - bas || 1);
    let dernier = -Infinity;
    traits.replaceChildren(...[...new Set([bas, ...lu("paliers"), haut])].filter((v) => v >= bas && v <= haut).map((v) => {
      const trait = document.createElement("span"), serre = place(v) - dernier < 9 || (v !== haut && place(haut) - place(v) < 9);
      trait.style.left = `${place(v)}%`;
      if (!serre) { trait.textContent = dit(v); dernier = place(v); }
      return trait;
    }));
  }
  function nommer() {
    const bornes = `, de ${dit(lu("bas"))} à ${dit(lu("haut"))}`;
    poignee.setAttribute("aria-label", `${lu("nom")}${bornes}${lu("unite") ? ` ${lu("unite")}` : ""}`);
    nom.textContent = lu("nom"); champ.id = `${id}-champ`;
    champ.setAttribute("aria-describedby", `${aide.id} ${message.id}`);
    champ.inputMode = "decimal"; champ.autocomplete = "off";
    poignee.dataset.cle = `${lu("cle")}-glissiere`; champ.dataset.cle = lu("cle");
    unite.textContent = lu("unite"); aide.textContent = lu("aide"); aide.hidden = !lu("aide");
    message.textContent = lu("erreur"); message.hidden = !lu("erreur");
    if (lu("erreur")) champ.setAttribute("aria-invalid", "true"); else champ.removeAttribute("aria-invalid");
    graduer(); parler();
  }
  const changer = () => { if (poignee) nommer(); };
  function habiller() {
    boite = el.closest(".curseur");
    [poignee, champ] = [".noUi-handle", "input"].map((choix) => boite && boite.querySelector(choix));
    if (!poignee || !champ) { cadre = requestAnimationFrame(habiller); return; }
    boite.dataset.lmSuppressShortcuts = "true";
    poignee.closest(".noUi-target").append(traits); champ.after(unite); boite.prepend(nom);
    guet.observe(poignee, { attributes: true, attributeFilter: ["aria-valuenow", "aria-valuetext"] });
    nommer();
  }
  model.on("change", changer);
  habiller();
  return () => { cancelAnimationFrame(cadre); traits.remove(); unite.remove(); nom.remove(); guet.disconnect(); model.off("change", changer); };
}
export default { render };
