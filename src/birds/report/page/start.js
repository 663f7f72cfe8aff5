// Starts the page with the first holdout image, when all parts listen.
showHoldoutImage(gallery[0]);
