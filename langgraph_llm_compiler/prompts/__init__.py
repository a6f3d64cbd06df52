"""What the models are told: wording only, one place to change a sentence."""
