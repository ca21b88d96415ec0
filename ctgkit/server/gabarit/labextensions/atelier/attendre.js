/* Une extension de la page : l'affichage attend que tous les contrôles soient relus dans le noyau.
   Sans elle, Voilà affiche d'abord et cherche chaque contrôle pendant deux secondes ; sur un poste chargé il lui
   arrive de renoncer à l'instant où ils arrivent, et la page reste vide (« model not found »). */
(window._JUPYTERLAB = window._JUPYTERLAB || {}).atelier = {
  init: function () {},
  get: function () {
    return Promise.resolve(function () {
      return { id: "atelier:attendre", autoStart: true, activate: attendre };
    });
  },
};

function attendre(page) {
  var relus = page.widgetManagerPromise.promise.then(function (controles) {
    return controles.restoredStatus || new Promise(function (ok) { controles.restored.connect(ok); });
  });
  /* Un noyau muet ne doit pas retenir la page : elle a ses propres mots pour le dire. */
  return Promise.race([relus, new Promise(function (ok) { setTimeout(ok, 20000); })]);
}
