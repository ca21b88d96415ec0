"""Les formats reconnus : un fichier de ce dossier par format, trouvé sans être inscrit ailleurs."""
