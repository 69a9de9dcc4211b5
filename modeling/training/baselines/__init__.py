"""What a model must beat: term matching without training. All are fitted on texts only, never on labels.

They see the texts of every role, the test role included, as a catalogue that is searched is known when it is
searched. That makes them as strong as they can be, and the comparison honest.
"""
