/* Un fichier part par morceaux, sans limite de message ; Python accuse chacun avant de recevoir le suivant. */
const PAS = 1 << 19;

function envoiParMorceaux(model, dire) {
  let suite = null;
  return {
    recu: () => { if (suite) suite(); },
    async partir(entree, maximum, commande, plus = {}) {
      const f = entree.files[0];
      if (!f) return;
      if (f.size > maximum) { dire(entree, `Fichier trop lourd pour la page : utilisez « ${commande} » dans un terminal.`); entree.value = ""; return; }
      entree.disabled = true;
      for (let debut = 0, rang = 0; debut < f.size || rang === 0; debut += PAS, rang += 1) {
        const octets = await f.slice(debut, debut + PAS).arrayBuffer(), fin = debut + PAS >= f.size;
        dire(entree, fin ? `Lecture de ${f.name}…` : `Envoi de ${f.name} : ${Math.round((100 * debut) / f.size)} %`);
        await new Promise((ok) => { suite = ok; model.send({ ...plus, nom: f.name, rang, fin }, null, [octets]); });
      }
      entree.disabled = false; entree.value = ""; dire(entree, "");
    },
  };
}
