"""Groups of words that can replace each other grammatically and change the meaning: opposites, and words of a kind."""

GROUPS = [
    line.split()
    for line in """
first second third fourth fifth last
north south east west northern southern eastern western
increase decrease increased decreased rise fall rose fell growth decline
before after
more less fewer
most least
largest smallest biggest highest lowest longest shortest
larger smaller bigger higher lower longer shorter
oldest youngest newest earliest latest
older younger newer earlier later
male female men women man woman boy girl boys girls
mother father brother sister son daughter wife husband uncle aunt cousin
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
spring summer autumn winter
morning afternoon evening night
born died buried married
win lose won lost
begin end began ended start finish started finished
buy sell bought sold
open close opened closed
arrive leave arrived left
accept reject accepted rejected
allow forbid allowed forbidden prohibited banned
support oppose supported opposed
create destroy created destroyed
found abolish founded abolished dissolved
build demolish built demolished
include exclude included excluded
agree disagree agreed disagreed
succeed fail succeeded failed
gain gained lose
appointed dismissed elected resigned
hire fire hired fired
import export imports exports imported exported
major minor
public private
ancient modern
internal external inner outer
rural urban
domestic foreign
positive negative
common rare
rich poor
strong weak
hot cold
wet dry
fast slow
deep shallow
heavy light
young old
early late
upper lower
left right
military civilian
legal illegal
red blue green yellow black white brown orange purple grey
gold silver copper iron tin lead
day week month year decade century
minutes hours days weeks months years decades centuries
thousand million billion trillion
king queen prince princess emperor duke
president minister chairman secretary governor mayor senator
doctor nurse surgeon patient
teacher student professor pupil headteacher
album song single book film movie episode novel play
team player coach
city town village country county state province
river lake sea ocean mountain island
army navy police
war battle treaty siege
school university college hospital prison church
english french german spanish italian russian chinese japanese british american indian
catholic protestant muslim jewish hindu buddhist
africa asia europe america australia
temperature pressure volume weight height width length depth speed
cause effect
advantage disadvantage
supporter opponent supporters opponents
majority minority
maximum minimum
former current
offense defense
""".strip().splitlines()
]
