"""Pictures that questions are asked about: uploaded, sent, shown to a model that can see."""
