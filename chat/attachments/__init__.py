"""Pictures that questions are asked about: taken in, sent, shown to a model that can see."""
