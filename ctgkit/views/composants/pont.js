/* Les gestes d'une page : boutons [data-geste], copies [data-copier], téléchargements. Rien ici ne calcule. */
function render({ model, el }) {
  const attache = new AbortController(), options = { signal: attache.signal };
  const zone = () => el.closest(".atelier-page");
  const dedans = (e, choix) => { const x = e.target.closest && e.target.closest(choix), z = zone(); return x && z && z.contains(x) ? x : null; };
  const voix = document.createElement("p");
  voix.className = "cache"; voix.setAttribute("role", "status");
  el.append(voix);
  const dire = (texte) => { voix.textContent = ""; requestAnimationFrame(() => { voix.textContent = texte; }); };

  /* Un bouton posé dans [data-saisies] envoie aussi les champs nommés de ce bloc. */
  const saisies = (bouton) => {
    const bloc = bouton.closest("[data-saisies]");
    return bloc ? Object.fromEntries([...bloc.querySelectorAll("[name]")].map((x) => [x.name, x.value])) : {};
  };
  document.addEventListener("click", (e) => {
    const copie = dedans(e, "[data-copier]");
    if (copie) return copier(copie);
    const bouton = dedans(e, "[data-geste]");
    if (bouton && !bouton.disabled) { e.preventDefault(); model.send({ ...saisies(bouton), ...bouton.dataset }); }
  }, options);

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

  /* Un bloc redessiné garde le focus là où il était. */
  let cle = "";
  document.addEventListener("focusin", (e) => { const x = dedans(e, "[data-cle]"); cle = x ? x.dataset.cle : ""; }, options);
  document.addEventListener("pointerdown", (e) => { if (!dedans(e, "[data-cle]")) cle = ""; }, options);
  const guet = new MutationObserver(() => {
    const z = zone();
    if (!cle || !z || (document.activeElement && document.activeElement !== document.body)) return;
    const meme = z.querySelector(`[data-cle="${CSS.escape(cle)}"]`);
    if (meme) meme.focus({ preventScroll: true });
  });
  requestAnimationFrame(() => { const z = zone(); if (z) guet.observe(z, { childList: true, subtree: true }); });

  const message = (m, pieces) => {
    if (m.habillage) {
      const style = document.createElement("style");
      style.textContent = m.habillage; el.append(style);
    }
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
  return () => { attache.abort(); guet.disconnect(); model.off("msg:custom", message); };
}
export default { render };
