"""Recognise birds in CIFAR-10 with logistic regression from scratch.

The floors, from the top down. A module imports only from the floors below, or from its
own package::

    __main__        the command line
    runner          what all stages share
    params          params.yaml
    report          the plots and the page
    photos          the user's photos
    evaluation      the scores, and the comparison with the published results
    source          where the batches come from
    data, model     the images; the mathematics
    files           reading and writing files
    errors, paths   what all others stand on
"""
