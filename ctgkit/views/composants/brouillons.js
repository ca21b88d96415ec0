/* Ce qui est tapé et pas encore enregistré : gardé dans ce navigateur, remis dans le champ quand on le rouvre. */
const RECENT = 8000;

function carnetDeBrouillons(territoire) {
  const debut = `atelier.plan|${territoire}|`, cle = (fiche, champ) => `${debut}${fiche}|${champ}`;
  let permis = true;
  const essayer = (geste, sinon) => { try { return geste(); } catch { permis = false; return sinon; } };
  /* Un onglet rechargé retrouve les siens tout de suite ; ceux d'un autre onglet, quand il a cessé d'écrire. */
  const onglet = essayer(() => sessionStorage.getItem("atelier.onglet") || Math.random().toString(36).slice(2), "");
  essayer(() => sessionStorage.setItem("atelier.onglet", onglet));
  const lire = (nom) => essayer(() => JSON.parse(localStorage.getItem(nom)), null);
  const tous = () => essayer(() => Object.keys(localStorage).filter((n) => n.startsWith(debut)), [])
    .map((nom) => ({ nom, ...lire(nom) })).filter((b) => b.fiche && b.champ);
  const repris = (b) => b.onglet === onglet || Date.now() - b.quand > RECENT;
  return {
    get permis() { return permis; },
    garder: (fiche, champ, valeur, version) => essayer(() => localStorage.setItem(cle(fiche, champ), JSON.stringify({ fiche, champ, valeur, version, onglet, quand: Date.now() }))),
    oublier: (fiche, champ) => essayer(() => localStorage.removeItem(cle(fiche, champ))),
    lire: (fiche, champ) => lire(cle(fiche, champ)),
    de: (fiche) => tous().filter((b) => b.fiche === fiche && repris(b)),
    ailleurs: (fiche) => tous().filter((b) => b.fiche !== fiche && b.onglet === onglet),
  };
}
