/* Un fichier choisi dans la page part par morceaux ; Python accuse chacun avant de recevoir le suivant. */
const PAS = 1 << 19;

function envoiDeFichiers(model, racine) {
  let suite = null;
  const voix = (entree, texte) => { const z = racine.querySelector(`[data-depot-dit="${entree.dataset.depot}"]`); if (z) z.textContent = texte; };
  racine.addEventListener("change", async (e) => {
    const entree = e.target, f = entree.dataset && entree.dataset.depot && entree.files[0];
    if (!f) return;
    if (f.size > Number(entree.dataset.maximum)) { voix(entree, "Fichier trop lourd pour la page : utilisez « ctg importer plan » dans un terminal."); entree.value = ""; return; }
    for (let debut = 0, rang = 0; debut < f.size || rang === 0; debut += PAS, rang += 1) {
      const octets = await f.slice(debut, debut + PAS).arrayBuffer(), fin = debut + PAS >= f.size;
      voix(entree, fin ? `Lecture de ${f.name}…` : `Envoi de ${f.name} : ${Math.round((100 * debut) / f.size)} %`);
      await new Promise((ok) => { suite = ok; model.send({ t: "depot", pour: entree.dataset.depot, nom: f.name, rang, fin }, null, [octets]); });
    }
    entree.value = ""; voix(entree, "");
  });
  return () => { if (suite) suite(); };
}
