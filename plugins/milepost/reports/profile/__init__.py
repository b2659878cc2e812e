"""The patient profile: everything known of one patient on one time axis, for those who may see the drug.

`inputs` says what a profile is made from, `build` makes the model, `figure` draws it, `index` lists the patients.
Study days only; every row says where it came from. Source: clinical specification, sections 3.7, 5.2, 6 and 7.
"""
